"""The seal's arithmetic, held against RFC 6962's reference values and against the definition itself."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.core.audit import Head, Tree, head_of_line, leaf_hash, node_hash, unpacked

# The reference tree that implementations of certificate transparency are tested with: RFC 9162 kept its hashes.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root_by_definition(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_tree(size):
    assert Tree().grown(map(leaf_hash, LEAVES[:size])).root.hex() == ROOTS[size]


@given(st.lists(st.lists(st.binary(max_size=4), max_size=20), max_size=5))
def test_growing_in_batches_comes_to_the_tree_by_definition(batches):
    tree = Tree()
    for batch in batches:
        tree = tree.grown(map(leaf_hash, batch))
        assert unpacked(tree.size, tree.packed()) == tree

    leaves = [leaf_hash(body) for batch in batches for body in batch]
    assert (tree.size, tree.root) == (len(leaves), root_by_definition(leaves))
    assert len(tree.frontier) == tree.size.bit_count()


def test_a_leaf_is_never_mistaken_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_head_is_a_checkpoint_that_other_tools_read():
    head = Head("interlock/0a", 3, bytes(32), b"idid" + bytes(64))
    origin, size, root, blank, signature, end = head.note.decode().split("\n")

    assert (origin, size, root, blank, end) == ("interlock/0a", "3", "A" * 43 + "=", "", "")
    assert signature.startswith("— interlock/0a aWRpZA")
    assert head.note.startswith(head.text + b"\n")


def test_a_head_survives_its_line_and_a_torn_line_is_none():
    head = Head("interlock/0a", 3, bytes(range(32)), b"idid" + bytes(64))
    assert head_of_line("interlock/0a", head.line) == head
    for cut in range(len(head.line) - 1):
        assert head_of_line("interlock/0a", head.line[:cut]) is None
