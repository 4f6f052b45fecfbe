require 'openssl'

TOLERANCE_SECONDS = 300

# Whether a request came from Relay, unchanged and lately.
# headers: by lower-case name; body: as it came, before any parsing.
def from_relay?(secret, headers, body)
  id, timestamp, signatures = headers.values_at('webhook-id', 'webhook-timestamp', 'webhook-signature').map(&:to_s)
  return false unless timestamp.match?(/\A\d+\z/)
  return false if (Time.now.to_i - timestamp.to_i).abs > TOLERANCE_SECONDS

  key = secret.delete_prefix('whsec_').unpack1('m')
  signed = "#{id}.#{timestamp}.".b + body.b
  expected = "v1,#{[OpenSSL::HMAC.digest('SHA256', key, signed)].pack('m0')}"
  # One for each secret that is live; two while a secret is being rotated.
  signatures.split(' ').any? { |signature| OpenSSL.secure_compare(signature, expected) }
end
