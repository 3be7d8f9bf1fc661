"""Families of uv, Go and Cargo: locks and module files that the code has outgrown."""

from bench.families.site import BIN, Family, Site


def uv_lock(site: Site) -> None:
    """A dependency was declared, and the lock file not made anew."""
    site.write("pyproject.toml", '[project]\nname = "tally"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
               'dependencies = []\n')  # fmt: skip
    site.must(f"{BIN}/uv", "lock", "--quiet")
    site.write("pyproject.toml", '[project]\nname = "tally"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
               'dependencies = ["iniconfig"]\n')  # fmt: skip
    site.check("uv lock --check")
    site.repository()


def go_project(site: Site, code: str) -> None:
    """A Go module with one file."""
    site.needs("go")
    site.write("go.mod", "module example.org/shop\n\ngo 1.20\n\nreplace example.org/lamp => ./lib\n")
    site.write("main.go", code)
    site.env |= {"GOFLAGS": "-buildvcs=false"}
    site.repository()


def unused_import(site: Site) -> None:
    """The compiler refuses an import that nothing uses."""
    go_project(site, 'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc main() { fmt.Println("open") }\n')
    site.check("go build -o /dev/null ./...")


def module_not_listed(site: Site) -> None:
    """The code imports a module of the same repository that go.mod does not list yet."""
    site.write("lib/go.mod", "module example.org/lamp\n\ngo 1.20\n")
    site.write("lib/lamp.go", 'package lamp\n\nfunc Lit() string { return "lit" }\n')
    go_project(
        site,
        'package main\n\nimport (\n\t"fmt"\n\n\t"example.org/lamp"\n)\n\nfunc main() { fmt.Println(lamp.Lit()) }\n',
    )
    site.check("go build -o /dev/null ./...")


def cargo_lock(site: Site) -> None:
    """A crate of the workspace got another version, and the lock file was not made anew."""
    site.needs("cargo")
    site.write("Cargo.toml", '[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2021"\n')
    site.write("src/main.rs", 'fn main() { println!("open"); }\n')
    site.must("cargo", "generate-lockfile", "--offline")
    site.write("Cargo.toml", '[package]\nname = "shop"\nversion = "1.1.0"\nedition = "2021"\n')
    site.write(".gitignore", "target\n")
    site.check("cargo check --quiet --locked")
    site.repository()


TOOLCHAINS = (
    Family(number=5, name="uv's lock is out of step", ends="mended", build=uv_lock, signature="needs to be updated"),
    Family(number=37, name="an import that nothing uses", ends="mended", build=unused_import,
           signature="imported and not used"),
    Family(number=37, name="a module that go.mod does not list", ends="mended", build=module_not_listed,
           signature="replaced but not required"),
    Family(number=38, name="cargo's lock is out of step", ends="mended", build=cargo_lock,
           signature="--locked was passed"),
)  # fmt: skip
