"""The rule for migrations (docs/decisions/0018): they only add, so that old processes go on."""

import ast
import importlib
import pkgutil
from pathlib import Path

from wxlogin.adapters.sql.migrations import versions

BEFORE_THE_RULE = "2026_11_24_1310"
ADDING = {"add_column", "create_index", "create_table", "f", "get_bind", "execute", "bulk_insert"}
LATER = [
    each.name
    for each in pkgutil.iter_modules(versions.__path__)
    if each.name[: len(BEFORE_THE_RULE)] > BEFORE_THE_RULE
]


def test_a_migration_only_adds():
    """No column, table or index goes, is renamed or changes its kind on the way up."""
    assert {} == {name: more for name in LATER if (more := _acts(name) - ADDING)}


def test_a_new_column_asks_nothing_of_an_old_process():
    """It may be null or has a default of the server's: old statements do not name it."""
    for column in (column for name in LATER for column in _added_columns(name)):
        told = {keyword.arg: ast.unparse(keyword.value) for keyword in column.keywords}
        assert told.get("nullable") == "True" or "server_default" in told, ast.unparse(column)


def _upgrade(name: str) -> ast.FunctionDef:
    module = importlib.import_module(f"{versions.__name__}.{name}")
    assert module.__file__
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return next(
        each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "upgrade"
    )


def _acts(name: str) -> set[str]:
    return {
        each.attr
        for each in ast.walk(_upgrade(name))
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id == "op"
    }


def _added_columns(name: str) -> list[ast.Call]:
    return [
        call.args[1]
        for call in ast.walk(_upgrade(name))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "add_column"
        and isinstance(call.args[1], ast.Call)
    ]
