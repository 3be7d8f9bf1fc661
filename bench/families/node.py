"""Families of Node: lock files, engines, kinds of module, a heap that is too small, a tool that is not there."""

import json
from typing import Any

from bench.families.site import Family, Site


def project(site: Site, **more: Any) -> None:
    """A package.json without a registry: what it needs lies beside it."""
    site.needs("node", "npm")
    written = {"name": "shop", "version": "1.0.0", "private": True, **more}
    site.write("package.json", f"{json.dumps(written, indent=2)}\n")


def library(site: Site, name: str) -> str:
    """A package in a folder of the project; how it is required."""
    site.write(f"lib/{name}/package.json", json.dumps({"name": name, "version": "1.0.0", "main": "index.js"}))
    site.write(f"lib/{name}/index.js", "module.exports = (prices) => prices.reduce((a, b) => a + b, 0);\n")
    return f"file:lib/{name}"


def tool_missing(site: Site) -> None:
    """The build calls a program that is neither on this machine nor in the project."""
    project(site, scripts={"build": "wrangle-assets --out dist"})
    site.check("npm run --silent build")


def lock_out_of_step(site: Site) -> None:
    """Somebody added a dependency and did not commit the lock file."""
    cart, tax = library(site, "cart"), library(site, "tax")
    project(site, dependencies={"cart": cart})
    site.must("npm", "install", "--no-audit", "--no-fund")
    project(site, dependencies={"cart": cart, "tax": tax})
    site.write("app.js", "console.log(require('cart')([2, 2]) + require('tax')([1]));\n")
    site.write(".gitignore", "node_modules\n")
    site.check("npm ci --no-audit --no-fund", "node app.js")
    site.repository()


def lock_missing(site: Site) -> None:
    """A clean install has no lock file to install from."""
    project(site, dependencies={"cart": library(site, "cart")})
    site.write("app.js", "console.log(require('cart')([2, 2]));\n")
    site.write(".gitignore", "node_modules\n")
    site.check("npm ci --no-audit --no-fund", "node app.js")
    site.repository()


def heap_too_small(site: Site) -> None:
    """The project bounds the heap of its build tighter than the build needs."""
    project(site, scripts={"build": "node build.js"})
    site.write(".npmrc", "node-options=--max-old-space-size=40\n")
    site.write("build.js", "const kept = [];\nfor (let i = 0; i < 900000; i++) kept.push({ i, name: `part ${i}` });\n"
               "console.log(kept.length);\n")  # fmt: skip
    site.check("npm run --silent build")
    site.repository()


def engine_mismatch(site: Site) -> None:
    """The project wants another Node than there is."""
    project(site, engines={"node": ">=99"}, dependencies={"cart": library(site, "cart")})
    site.write(".npmrc", "engine-strict=true\n")
    site.check("npm install --no-audit --no-fund")


def module_kinds(site: Site) -> None:
    """A file of the old kind of module, in a package of the new kind."""
    project(site, type="module")
    site.write("app.js", 'const path = require("node:path");\n\nconsole.log(path.join("a", "b"));\n')
    site.check("node app.js")
    site.repository()


NODE = (
    Family(number=3, name="a program that is not on the path", ends="asked", build=tool_missing,
           signature="wrangle-assets: (command )?not found", says="wrangle-assets"),
    Family(number=6, name="npm's lock is out of step", ends="mended", build=lock_out_of_step, signature="in sync"),
    Family(number=7, name="npm ci without a lock file", ends="mended", build=lock_missing,
           signature="existing package-lock"),
    Family(number=34, name="the heap of a build is too small", ends="mended", build=heap_too_small,
           signature="heap out of memory"),
    Family(number=35, name="an engine that is not there", ends="asked", build=engine_mismatch,
           signature="EBADENGINE", says="node|version"),
    Family(number=36, name="two kinds of module", ends="mended", build=module_kinds,
           signature="require is not defined|module is not defined"),
)  # fmt: skip
