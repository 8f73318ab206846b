"""The audit trail's ear: facts in, batches of entries out."""

from wxlogin.adapters.audit.journal import AuditJournal

__all__ = ["AuditJournal"]
