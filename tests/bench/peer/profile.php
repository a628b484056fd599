<?php
// SPDX-License-Identifier: MIT
// GET /user/profile as a PHP developer would serve it: one file under PHP-FPM,
// curl for Ory, APCu for 30 seconds, and a persistent connection.  The same
// answer as Gatehouse's.
//
//   PEER_ORY       the URL of the project's public API
//   PEER_DATABASE  postgresql: URL

declare(strict_types=1);

const TTL = 30;

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE));
}

function whoami(string $token): ?array
{
    $call = curl_init(getenv('PEER_ORY') . '/sessions/whoami');
    curl_setopt_array($call, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 5,
        CURLOPT_HTTPHEADER => ["X-Session-Token: $token"],
    ]);
    $text = curl_exec($call);
    if (curl_getinfo($call, CURLINFO_RESPONSE_CODE) !== 200) {
        return null;
    }
    $session = json_decode($text, true);
    if (!$session['active']) {
        return null;
    }
    ['id' => $id, 'traits' => $traits] = $session['identity'];
    return ['userId' => $id, 'email' => $traits['email'],
            'name' => $traits['name']];
}

function identify(string $token): ?array
{
    $key = hash('sha256', $token);
    $who = apcu_fetch($key, $found);
    if (!$found) {
        $who = whoami($token);
        if ($who !== null) {
            apcu_store($key, $who, TTL);
        }
    }
    return $who;
}

$header = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
if (strncmp($header, 'Bearer ', 7) !== 0 ||
    ($who = identify(substr($header, 7))) === null) {
    answer(401, ['error' => 'unauthorized']);
}

$database = pg_pconnect(getenv('PEER_DATABASE'));
$rows = pg_query_params($database,
    'SELECT theme, notifications, bio FROM user_profile' .
    ' WHERE provider = $1 AND user_id = $2', ['ory', $who['userId']]);
$row = pg_fetch_assoc($rows);
answer(200, [...$who, 'theme' => $row['theme'],
             'notifications' => $row['notifications'] === 't',
             'bio' => $row['bio']]);
