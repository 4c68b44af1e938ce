"""Signs certificates for loopback, as a certificate authority of nobody's but this process."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.timedelta(days=1)


def certified(directory: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a new authority and a server's certificate for 127.0.0.1 and localhost.

    Returns the file that a client has to trust, in `directory`, and what the server shows.
    """
    # A package that every release installs, and the suite beside a release has not.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority of a check")])
    today = dt.datetime.now(dt.UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - DAY)
        .not_valid_after(today + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    trusted, shown = directory / "authority.pem", directory / "shown.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    shown.write_bytes(private + trusted.read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown)
    return trusted, context


def as_directory(trusted: Path) -> Path:
    """Return a directory beside it that holds an authority's file, named as OpenSSL looks for it.

    Its name is a digest of the subject in canonical form, in which a lower-case text with single
    spaces is as it stands: see X509_NAME_hash(3).
    """
    from cryptography import x509  # noqa: PLC0415 - see `certified`

    subject = x509.load_pem_x509_certificate(trusted.read_bytes()).subject.public_bytes()
    short = subject[2:]  # without the head of the sequence, whose length is one byte
    digest = hashlib.sha1(short, usedforsecurity=False).digest()
    directory = trusted.with_name("authorities")
    directory.mkdir(exist_ok=True)
    name = f"{int.from_bytes(digest[:4], 'little'):08x}.0"
    (directory / name).write_bytes(trusted.read_bytes())
    return directory
