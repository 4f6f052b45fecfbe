require "#{ARGV.shift}/verify"

$stdin.each_line(chomp: true) do |line|
  secret, id, timestamp, signatures, file = line.split("\t", -1)
  headers = { 'webhook-id' => id, 'webhook-timestamp' => timestamp, 'webhook-signature' => signatures }
  puts from_relay?(secret, headers, File.binread(file))
end
