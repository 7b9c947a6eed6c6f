"""Error messages for a TLS connection that could not be made: pure functions over exceptions.

None of these failures changes when the request is sent again. The reasons are those of OpenSSL,
whose names end in the alerts of RFC 8446, 6.2.
"""

from __future__ import annotations

from .failures import contexts

__all__ = ["explain_tls"]

_CERTIFICATE_ALERTS = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_CERTIFICATE",
        "CERTIFICATE_EXPIRED",
        "CERTIFICATE_REQUIRED",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_UNKNOWN",
        "HANDSHAKE_FAILURE",
        "UNKNOWN_CA",
        "UNSUPPORTED_CERTIFICATE",
    }
)
"""What a server answers to a client without the certificate that it asks for, or with a wrong one.

``HANDSHAKE_FAILURE`` is the answer of TLS 1.2.
"""

_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
"""What OpenSSL calls an answer that is not TLS, which differs by its version."""


def explain_tls(error: BaseException, server: str, what: str) -> str:
    """The message for a TLS connection to ``server`` that failed with ``what``.

    Empty if ``error`` comes of something else, or of something that may pass.
    """
    for cause in contexts(error):
        if type(cause).__name__ == "SSLCertVerificationError":
            return (
                f"The certificate of {server} is not trusted here ({what})."
                " verify= or SSL_CERT_FILE name the trusted ones."
            )
        reason = getattr(cause, "reason", None)
        if not isinstance(reason, str):
            continue
        if reason.partition("_ALERT_")[2] in _CERTIFICATE_ALERTS:
            return (
                f"The TLS handshake was refused by {server} ({what})."
                " cert= is the client's certificate, if it asks for one."
            )
        if reason in _NO_TLS:
            return f"No TLS is spoken by {server} ({what}); its address may begin with http://."
    return ""
