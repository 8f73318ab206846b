"""The contract of a door: what HTTP clients can rely on, whatever framework carries it."""

from tests.contracts.http_audit import AuditedOverHttp
from tests.contracts.http_consent import ConsentOverHttp
from tests.contracts.http_entering import EnteringOverHttp
from tests.contracts.http_itself import HttpItself
from tests.contracts.http_limits import LimitedOverHttp
from tests.contracts.http_linking import LinkingOverHttp
from tests.contracts.http_me import MeOverHttp
from tests.contracts.http_open_data import OpenDataOverHttp
from tests.contracts.http_services import ServicesOverHttp


class HttpContract(
    EnteringOverHttp,
    MeOverHttp,
    ConsentOverHttp,
    LinkingOverHttp,
    OpenDataOverHttp,
    ServicesOverHttp,
    HttpItself,
    AuditedOverHttp,
    LimitedOverHttp,
):
    """Subclasses answer the ASGI app of their framework from `app(wishes)`."""
