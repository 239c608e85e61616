"""SOQL over the records of the sample org: text in, rows as the API shows them out."""

from novigem_sandbox.org.soql.answer import Answer, answer_query
from novigem_sandbox.org.soql.cursors import Cursors
from novigem_sandbox.org.soql.parser import parse

__all__ = ["Answer", "Cursors", "answer_query", "parse"]
