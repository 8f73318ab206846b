"""The independent checker: a history and a database against the promises of the contract.

It knows the words of the wire and the tables, and not one line of the service.
"""

from tests.campaign.checker.verdict import PROMISES, Verdict, judge

__all__ = ["PROMISES", "Verdict", "judge"]
