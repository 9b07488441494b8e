"""Reading JMESPath backwards: what is put where an expression looks is what the expression finds."""

import pytest
from answerer.lens import Unplaceable, holds, put, satisfy, shape_of, tree

from tabula_rasa.catalog import model
from tabula_rasa.expressions import search

PLACES = [
    ("A", "x"), ("A.B.C", "x"), ("A[0].B", "x"), ("A[-1]", "x"), ("A[]", ["x", "y"]), ("A[].B[]", ["x", "y"]), ("A.B[].C", ["x"]), ("A[?K == 'k'].V", ["x"]),
    ("[A]", ["x"]), ("[@]", [{"A": "x"}]), ("{one: A, two: B.C}", {"one": "x", "two": "y"}), ("last_part(A)", "x"), ("join(':', ['a', A, 'z'])", "a:x:z"),
    ("A || B", "x"), ("C && A", "x"), ("A[] | [0]", "x"), ("A.*.B", ["x", "y"]), ("values(A || `{}`)[].B", ["x"]), ("A[?K == 'k'] | [0].V", "x"),
]


@pytest.mark.parametrize("expression, value", PLACES)
def test_what_is_put_is_found(expression, value):
    assert search(expression, put(tree(expression), {}, value)) == value


@pytest.mark.parametrize("expression", ["'text'", "length(A)", "_.account_id"])
def test_what_has_no_place_is_refused(expression):
    with pytest.raises(Unplaceable):
        put(tree(expression), {"_": {}}, "x")


CONDITIONS = [
    "A", "!A", "A == 'x'", "A != 'x'", "A > `3`", "A <= `3`", "A == 'x' && B", "A || B == `true`", "!(A && B)", "starts_with(A, 'x')", "ends_with(A || '', 'x')",
    "contains(['a', 'b'], A)", "contains(A, 'x')", "A[?B == 'x']", "length(A[?B]) > `0`", "A[?starts_with(K, 'aws:')]", "[A] | [?B]",
]


@pytest.mark.parametrize("expression", CONDITIONS)
def test_conditions_are_made_true_and_false_and_true_again(expression):
    node, data = tree(expression), {}
    for truth in (True, False, True):
        data = satisfy(node, data, truth)
        assert holds(node, data) == truth


def test_shapes_are_followed():
    output = model.operation("ec2", "DescribeInstances").output_shape
    assert shape_of(tree("Reservations[].Instances[]"), output).member.name == "Instance"
    assert shape_of(tree("Reservations[].Instances[] | [?State.Name == 'x'].{id: InstanceId}"), output).member.members["id"].type_name == "string"
    assert shape_of(tree("Reservations[0].Nothing"), output) is None
