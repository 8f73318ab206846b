"""The Starlette door: carries requests in and answers out; what they mean is `web`'s business."""

from wxlogin.entrypoints.http.app import create_app

__all__ = ["create_app"]
