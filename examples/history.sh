#!/bin/sh
# Give a copy of the shop the history that a real project has: WORKSPACE [PATCH], the patch being part of the first commit.
set -eu
patch=${2:+$(realpath "$2")}
cd "$1"
[ ! -e .git ] || { echo "history.sh: \`$1\` has a history already" >&2; exit 2; }

commit() {
    GIT_AUTHOR_DATE=$1 GIT_COMMITTER_DATE=$1 git -c user.name="Shop developer" -c user.email=dev@shop.example \
        -c commit.gpgsign=false commit -q -m "$2"
}

git init -q -b main
[ -z "$patch" ] || git apply "$patch"
cp config/shop.toml .git/shop.toml.now
sed -i 's/^log_level = .*/log_level = "INFO"/' config/shop.toml
git add -A
commit "2022-01-10T09:00:00+0000" "Open the shop"
mv .git/shop.toml.now config/shop.toml
git add -A
commit "2022-03-02T16:45:00+0000" "Write the log as the bookkeepers want it"
