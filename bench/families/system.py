"""Families of files, scripts and limits of the system."""

from bench.families.site import Family, Site


def windows_line_ends(site: Site) -> None:
    """A script was saved with the line ends of another system."""
    site.write("build.sh", "#!/bin/sh\r\necho built\r\n", executable=True)
    site.check("./build.sh", shell="/bin/bash -e")
    site.repository()


def interpreter_missing(site: Site) -> None:
    """A script names a version of Python that is not here."""
    site.write("build.py", '#!/usr/bin/env python3.99\nprint("built")\n', executable=True)
    site.check("./build.py")
    site.repository()


def disk_full(site: Site) -> None:
    """There is no space left where the result goes."""
    site.write("build.py", "with open('/dev/full', 'w') as out:\n    out.write('built')\n")
    site.check("python3 build.py")


def too_many_files(site: Site) -> None:
    """The program opens more files than its own bound allows."""
    site.write("build.py", "kept = [open('build.py') for _ in range(300)]\nprint(len(kept))\n")
    site.check("ulimit -Sn 128", "python3 build.py")


SYSTEM = (
    Family(number=13, name="a script with Windows line ends", ends="mended", build=windows_line_ends,
           signature="bad interpreter|required file not found|not found"),
    Family(number=14, name="a script whose interpreter is not here", ends="mended", build=interpreter_missing,
           signature=r"python3\.99.?: No such file"),
    Family(number=32, name="the disk is full", ends="stopped", build=disk_full, signature="No space left on device",
           says="space|disk"),
    Family(number=33, name="too many open files", ends="asked", build=too_many_files,
           signature="Too many open files", says="limit"),
)  # fmt: skip
