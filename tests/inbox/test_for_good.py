"""Hard or soft: what codes and words of mail servers say of the address itself."""

import pytest

from notifications.inbox.verdict import is_for_good

HARD = [
    ("5.1.351", "550 5.1.351 unknown recipient"),
    ("5.1.351", "smtp; 550 5.1.351 Remote server returned unknown recipient or mailbox unavailable"),
    ("5.4.4", "smtp; 554 5.4.4 [internal] host not found"),
    (
        "5.4.4",
        "X-Postfix; Host or domain name not found. Name service error for name=no.example type=A: Host not found",
    ),
    ("", "550 illegal host/domain found"),
    ("5.0.0", "smtp; 550 Rcpt-To validation failed"),
    ("5.1.1", "550 5.1.1 User unknown"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    ("5.1.2", "DNS Error: Domain name not found"),
    ("4.0.0", "smtp; DNS Error: DNS type 'mx' lookup of no.example responded with code NXDOMAIN"),
    ("4.0.0", "smtp; The domain no.example doesn't receive email according to the administrator"),
    ("5.7.13", "525 5.7.13 Disabled recipient address"),
    ("", "Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)"),
    ("5.4.310", "550 5.4.310 DNS domain no.example does not exist"),
    ("5.1.20", "550 5.1.20 no such user"),
]
SOFT = [
    ("5.2.2", "552 5.2.2 Mailbox full"),
    ("5.2.3", "552 5.2.3 Message size exceeds fixed maximum"),
    ("5.7.1", "550 5.7.1 message content rejected as spam"),
    ("5.7.26", "550 5.7.26 Unauthenticated email: DMARC policy, domain not found in our lists"),
    ("5.1.8", "553 5.1.8 Domain of sender address does not exist"),
    ("5.1.7", "550 5.1.7 sender unknown"),
    ("5.4.6", "554 5.4.6 Too many hops"),
    ("5.4.7", "550 5.4.7 delivery expired: host not found in time"),
    ("5.4.4", "5.4.4 Name service error for name=a.example type=MX: Malformed or unexpected name server reply"),
    ("5.4.312", "550 5.4.312 Message expired, DNS query failed"),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"),
    ("4.1.1", "450 4.1.1 User unknown"),
    ("4.4.3", "451 4.4.3 NXDOMAIN, try again later"),
    ("4.4.1", "connection timed out"),
    ("5.3.4", "554 5.3.4 Message too big for system"),
]


@pytest.mark.parametrize(("status", "said"), HARD)
def test_what_does_not_exist_is_hard(status: str, said: str) -> None:
    assert is_for_good(status, said)


@pytest.mark.parametrize(("status", "said"), SOFT)
def test_policy_size_load_and_our_own_faults_are_soft(status: str, said: str) -> None:
    assert not is_for_good(status, said)
