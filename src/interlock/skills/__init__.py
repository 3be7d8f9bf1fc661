"""Built-in skills: dumb acts with manifests, one file a family."""
