"""Authentication of machines: a server proves its name (TLS), a node its identity (its key)."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 30
OWNER_ONLY = 0o600


def write_server_certificate(folder: Path, host: str) -> None:
    """Write ``ca.crt``, ``server.crt`` and ``server.key``, valid for thirty days.

    The authority's own key is forgotten, so nothing else can ever be signed in its name.

    Args:
        folder: where to.
        host: name or address of the server; ``localhost`` and ``127.0.0.1`` are allowed as well.
    """
    authority, server = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
    names = dict.fromkeys([host, "localhost", "127.0.0.1"])
    issuer = _name("proeftuin trial authority")
    root = (
        _certificate(issuer, issuer, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(authority, hashes.SHA384())
    )
    leaf = (
        _certificate(_name(host), issuer, server.public_key())
        .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False
        )
        .sign(authority, hashes.SHA384())
    )
    (folder / "ca.crt").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "server.crt").write_bytes(leaf.public_bytes(Encoding.PEM))
    _write_secret(folder / "server.key", server, PrivateFormat.PKCS8)


def write_node_key(private: Path, public: Path) -> None:
    """Write a node's key pair in the form that Flower reads (P-384, OpenSSH)."""
    key = ec.generate_private_key(ec.SECP384R1())
    _write_secret(private, key, PrivateFormat.OpenSSH)
    public.write_bytes(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))


def public_key_of(path: Path) -> bytes:
    """Return a node's public key in the form in which Flower's server knows it."""
    key = load_ssh_public_key(path.read_bytes())
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _write_secret(path: Path, key: ec.EllipticCurvePrivateKey, form: PrivateFormat) -> None:
    path.touch(OWNER_ONLY)
    path.write_bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()))


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
