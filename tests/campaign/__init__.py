"""A fault campaign: phones use real processes while these, the database and WeChat are hurt.

`make faults` runs it. What was answered is written down (`history`); afterwards `checker`, which
knows the promises and nothing of the service's code, compares it with the database and with what
WeChat was asked.
"""
