"""Which hosts are this machine itself."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a server under that name or address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
