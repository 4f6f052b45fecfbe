<?php

const TOLERANCE_SECONDS = 300;

/**
 * Whether a request came from Relay, unchanged and lately.
 *
 * @param array<string, string> $headers by lower-case name, as `array_change_key_case(getallheaders())` has them
 * @param string $body as it came, before any parsing: `file_get_contents('php://input')`
 */
function is_from_relay(string $secret, array $headers, string $body): bool
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!preg_match('/^\d{1,15}$/D', $timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }

    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    if ($key === false) {
        return false;
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    // One for each secret that is live; two while a secret is being rotated.
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}
