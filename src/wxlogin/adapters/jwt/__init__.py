"""Access tokens as JWTs, and the keys that sign them, over PyJWT."""

from wxlogin.adapters.jwt.key_material import JwtKeyMaker
from wxlogin.adapters.jwt.signer import JwtSigner

__all__ = ["JwtKeyMaker", "JwtSigner"]
