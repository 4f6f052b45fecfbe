require 'json'
require 'set'
require 'sinatra'
require_relative '../verify/verify'

set :bind, '127.0.0.1'
set :port, ENV.fetch('PORT', '3000').to_i
# A table of your database with a unique key, in earnest.
TAKEN = Set.new
$stdout.sync = true

post '/hooks' do
  body = request.body.read # the bytes as they came, before any parser
  headers = %w[webhook-id webhook-timestamp webhook-signature].to_h do |name|
    [name, request.env["HTTP_#{name.upcase.tr('-', '_')}"].to_s]
  end
  halt 401 unless from_relay?(ENV.fetch('RELAY_SECRET'), headers, body)

  if TAKEN.add?(headers['webhook-id'])
    event = JSON.parse(body)
    puts "#{headers['webhook-id']} #{event['type']} #{event['data']}"
  end
  204
end
