"""WeChat's server API over HTTP: everything that knows its addresses, errcodes and manners."""
