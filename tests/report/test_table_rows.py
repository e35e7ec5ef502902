"""Rows made a column at a time are those that a template makes cell by cell."""

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from lrlab.report._breaks import breakable
from lrlab.report._table_rows import row_pieces
from lrlab.report._words import TextTable
from support.strategies import law

SLOW = """
{% macro entry(cell, number, heading) %}
{% set mean, bracket, interval = cell.partition(" (") %}
{% if number and bracket %}<td role="cell" class="apart" data-label="{{ heading }}"><span>{{ mean }}</span> \
<span>({{ interval }}</span></td>{% else %}\
<td role="cell" data-label="{{ heading }}">{{ cell | breakable }}</td>{% endif %}
{% endmacro %}
{% macro sample(label) %}<svg class="look" data-sample="{{ label }}" viewBox="0 0 22 14" aria-hidden="true"></svg>\
{% endmacro %}
{% for row in table.rows %}
<tr role="row"{% if row[0] in out %} class="out"{% endif %}>{% for cell in row %}{% if loop.first %}\
<th role="rowheader" scope="row">{% if cell in styles %}{{ sample(cell) }}{% endif %}\
<bdi class="name">{{ cell | breakable }}</bdi>{% if cell == leader %} <small>leader</small>{% endif %}</th>{% else %}\
{{ entry(cell, numbers, table.header[loop.index0]) }}{% endif %}{% endfor %}</tr>
{% endfor %}
"""
texts = st.text(st.sampled_from("ab <&\"'()%−"), max_size=6) | st.just("1.5 (a<b)")
tables = st.integers(1, 4).flatmap(
    lambda n: st.builds(
        TextTable,
        st.tuples(*[texts] * n),
        st.lists(st.tuples(*[texts] * n), max_size=5).map(tuple),
    )
)


@law
@given(table=tables, numbers=st.booleans(), styles=st.sets(texts), leader=texts, out=st.sets(texts))
def test_they_are_those_of_a_template(table, numbers, styles, leader, out):
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["breakable"] = lambda text: Markup(breakable(text))
    wanted = environment.from_string(SLOW).render(table=table, numbers=numbers, styles=styles, leader=leader, out=out)
    assert "".join(row_pieces(table, numbers, styles, leader, out)) == wanted.lstrip("\n")


def test_many_rows_come_in_pieces(monkeypatch):
    table = TextTable(("a", "b"), tuple((str(number), "x") for number in range(5)))
    whole = "".join(row_pieces(table, True))
    monkeypatch.setattr("lrlab.report._table_rows.AT_ONCE", 2)
    pieces = list(row_pieces(table, True))
    assert [piece.count("<tr") for piece in pieces] == [2, 2, 1]
    assert "".join(pieces) == whole


def test_a_row_is_as_long_as_the_header():
    with pytest.raises(ValueError, match="zip"):
        list(row_pieces(TextTable(("a", "b"), (("1", "2"), ("3",))), True))
