#!/bin/sh
# Say what a bare machine lacks, and which package brings it. Usage: bare-machine.sh PYTHON
python=$1
say() { printf '%s\n' "$@" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 || say "\`$python\` is missing; on Debian: sudo apt-get install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
	say "$("$python" --version) is too old; interlock needs Python 3.11 or newer (make PYTHON=python3.12 …)"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
	say "Python's venv module is missing; on Debian: sudo apt-get install python3-venv"
command -v git >/dev/null 2>&1 || say "\`git\` is missing; on Debian: sudo apt-get install git"
