<?php

declare(strict_types=1);

use Psr\Http\Message\ResponseInterface as Response;
use Psr\Http\Message\ServerRequestInterface as Request;
use Slim\Factory\AppFactory;

require __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/verify.php';

$app = AppFactory::create();
$app->post('/hooks', function (Request $request, Response $response): Response {
    $body = (string) $request->getBody(); // the bytes as they came: no getParsedBody; in Laravel $request->getContent()
    $headers = [];
    foreach (['webhook-id', 'webhook-timestamp', 'webhook-signature'] as $name) {
        $headers[$name] = $request->getHeaderLine($name);
    }
    if (!is_from_relay(getenv('RELAY_SECRET') ?: '', $headers, $body)) {
        return $response->withStatus(401);
    }
    // Remember webhook-id under a unique key of your database: delivery is at least once.
    $event = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
    error_log("{$headers['webhook-id']} {$event['type']}");
    return $response->withStatus(204);
});
$app->run();
