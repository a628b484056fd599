<?php
// A guarded endpoint: who is signed in, and one action for a role; ../README.md: how to mount it.

declare(strict_types=1);

const ADMINS = ['admin', 'org:admin'];      // a role of Ory's or an issuer's, and one of Clerk's

/** Who is signed in, as Gatehouse told the web server; null: nobody asked Gatehouse. */
function getAuthData(): ?array
{
    // Not HTTP_AUTH_..., HTTP_X_AUTH_...: such names hold what the client sent.
    if (($_SERVER['AUTH_USER'] ?? '') === '') {
        return null;
    }
    $who = [];
    foreach (['user', 'provider', 'name', 'email', 'org'] as $name) {
        $who[$name] = rawurldecode($_SERVER['AUTH_' . strtoupper($name)] ?? '');
    }
    $roles = $_SERVER['AUTH_ROLES'] ?? '';
    $who['roles'] = $roles === '' ? [] : array_map('rawurldecode', explode(',', $roles));
    return $who;
}

function answer(int $status, string $type, string $body): never
{
    http_response_code($status);
    header("Content-Type: $type; charset=utf-8");
    header('Cache-Control: private, no-store');
    exit($body);
}

$who = getAuthData();
if ($who === null) {
    answer(500, 'text/plain', "The guard is not configured: nobody told this program AUTH_USER.\n");
}
$isAdmin = array_intersect(ADMINS, $who['roles']) !== [];
$said = '';
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    // Forms of other sites do not get here: Gatehouse refuses them.
    if (!$isAdmin) {
        answer(403, 'text/plain', "This is for the role admin.\n");
    }
    $said = 'Announced. (As this is a sample: to nobody.)';
}
if (str_contains($_SERVER['HTTP_ACCEPT'] ?? '', 'application/json')) {
    answer(200, 'application/json', json_encode($who + ['said' => $said]));
}
$esc = fn (string $text): string => htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
ob_start();
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your membership</title>
<link rel="stylesheet" href="/style.css">
<script src="/theme.js"></script>
<main class="column"><div class="card">
<h1>Hello, <?= $esc($who['name'] ?: $who['email'] ?: $who['user']) ?></h1>
<dl class="facts">
<?php foreach (['roles' => implode(', ', $who['roles'])] + $who as $name => $value): ?>
<div><dt><?= $name ?></dt><dd><?= $esc($value ?: 'none') ?></dd></div>
<?php endforeach ?>
</dl>
<?php if ($isAdmin): ?>
<form method="post"><p class="actions"><button class="button primary">Announce</button></p></form>
<?php endif ?>
<p role="status"><?= $esc($said) ?></p>
<p><a href="/">Home</a> · <a href="/auth/logout?return_to=%2F">Sign out</a></p>
</div></main>
<?php
answer(200, 'text/html', ob_get_clean());
