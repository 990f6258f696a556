"""The state file, and the order of deletion."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.lab.engine.state import ResourceState, StateError, dependents_first, load, save
from deadfall.lab.provider.values import secret


def state(urn: str, **fields: object) -> ResourceState:
    return ResourceState(urn=urn, type="t", custom=True, **fields)  # pyright: ignore[reportArgumentType]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | inner.map(secret),
    max_leaves=10,
)


@given(values=st.dictionaries(st.text(), VALUES))
def test_what_is_saved_comes_back(tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]) -> None:
    file = tmp_path_factory.mktemp("state") / "state.json"
    resources = [state("a", inputs=values, dependencies=["b"], init_errors=["half"], pending_deletion=True), state("b")]
    save(file, resources)
    assert load(file) == resources


def test_secrets_of_any_depth_are_beside_the_state(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    save(file, [state("a", outputs={"one": secret("hunter2"), "two": [{"three": secret({"four": "hunter4"})}]})])
    assert "hunter" not in file.read_text()
    assert sorted(json.loads((tmp_path / "state.json.secrets").read_text())["values"].values(), key=str) == [
        "hunter2",
        {"four": "hunter4"},
    ]


def test_nothing_saved_is_nothing_left(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    assert load(file) == []
    save(file, [state("a", outputs={"one": secret("x")})])
    save(file, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{}", '{"resources": [{"urn": "a"}]}', '{"resources": [{"unheard": "of"}]}'])
def test_a_broken_state_is_said(tmp_path: Path, content: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(content)
    with pytest.raises(StateError, match=rf"^the state file {file} cannot be read: "):
        load(file)


def test_a_state_without_its_secrets_is_said(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    save(file, [state("a", outputs={"one": secret("x")})])
    (tmp_path / "state.json.secrets").unlink()
    with pytest.raises(StateError, match="cannot be read: KeyError"):
        load(file)


@given(
    edges=st.lists(
        st.tuples(
            st.integers(0, 9), st.integers(0, 9), st.sampled_from(["dependencies", "parent", "provider", "property"])
        )
    ),
    order=st.permutations(range(10)),
)
def test_each_is_deleted_before_what_it_depends_on(edges: list[tuple[int, int, str]], order: list[int]) -> None:
    resources = {n: state(f"urn::{n}") for n in order}
    for a, b, how in edges:
        dependent, needed = resources[max(a, b)], resources[min(a, b)].urn
        if a == b:
            continue
        match how:
            case "dependencies":
                dependent.dependencies.append(needed)
            case "parent":
                dependent.parent = needed
            case "provider":
                dependent.provider = f"{needed}::id"
            case "property":
                dependent.property_dependencies["p"] = [needed]
    deleted = [r.urn for r in dependents_first(resources.values())]
    assert sorted(deleted) == sorted(r.urn for r in resources.values())
    for resource in resources.values():
        for needed in resource.depends_on():
            assert deleted.index(resource.urn) < deleted.index(needed)
