"""SOQL over the records of the sample org: text in, rows as the API shows them out.

Imports the database of the org, and what stands below it.

    lexer.py, parser.py, syntax.py        from a text to a query
    columns.py, conditions.py, spans.py   what its paths, conditions and days mean
    answer.py                             which rows it finds, in which order
    rendering.py, aggregates.py           what is shown of them, one by one or counted
    cursors.py                            where the next page begins
"""

from novigem_sandbox.org.soql.answer import Answer, answer_query
from novigem_sandbox.org.soql.cursors import Cursors
from novigem_sandbox.org.soql.parser import parse

__all__ = ["Answer", "Cursors", "answer_query", "parse"]
