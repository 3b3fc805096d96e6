"""Papers for the table: values in, PDF bytes out. No Qt, no SQL, no clock, no network."""

from mobile_reception.papers.receipt import receipt
from mobile_reception.papers.values import ReceiptValues

__all__ = ["ReceiptValues", "receipt"]
