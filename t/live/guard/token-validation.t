# SPDX-License-Identifier: Apache-2.0
# Which tokens the guard accepts, and which it rejects.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

# One child: what it remembers no other one does.
my $site = Site->new(
    children => 1,
    server => 'AuthSMSUserCheck always',
    locations =>
        "<Location /lazy>\nAuthSMSUserCheck 1h\nAuthType JWT\nRequire valid-user\n</Location>\n"
        . "<Location /offline>\nAuthSMSUserCheck off\nAuthSMSProtect On\n</Location>\n"
        . "ScriptAlias /offline \"@{['']}cgi\"\n",
);
$site->httpd->{conf} =~
    s{ScriptAlias /offline "cgi"}{ScriptAlias "/offline" "@{[$site->httpd->dir]}/cgi"};
$site->httpd->write('htdocs/lazy/index.html', "lazy page\n");
$site->start;
my $c = $site->client;
my $alice = $site->signup;
my $bob = $site->signup;
my $key = $site->key;
my ($token) = $alice->{token} =~ /^JWT (.*)/;
my $claims = Token::claims($token);
my $now = time;

sub status {
    my ($value, $path) = @_;
    return $c->get($path // '/private/', defined $value ? (Authorization => $value) : ())->{status};
}

sub sql {
    my ($statement) = @_;
    system('sqlite3', $site->httpd->dir . '/db/users.db', ".timeout 5000", $statement) == 0 or die;
}

sub forged {
    my ($changes, %o) = @_;
    my %c = (%$claims, %$changes);
    delete @c{ grep { !defined $c{$_} } keys %c };
    return 'JWT ' . Token::make($o{key} // $key, \%c, %o);
}

is status("JWT $token"), 200, 'a valid token is accepted';
is status("$_ $token"), 200, "scheme $_" for qw(jwt Jwt Bearer bearer BEARER);
is status("JWT  $token "), 200, 'blanks around the token';

my ($h, $p, $s) = split /\./, $token;
my @refused = (
    [undef, 'nothing'], ['', 'an empty field'], ['JWT', 'a scheme alone'],
    [$token, 'a token alone'], ["Basic $token", 'another scheme'],
    ["JWTX $token", 'a longer scheme'], ["JWT $token, JWT $token", 'two credentials'],
    ["JWT $token $token", 'two tokens'],
    ["JWT $h.$p", 'no signature'], ["JWT $h.$p.", 'an empty one'],
    ["JWT $h.$p.$s.x", 'four parts'], ["JWT $h.$p.${s}A", 'a longer one'],
    ["JWT $h.$p." . substr($s, 0, -1), 'a shorter one'], ["JWT $h.$p.$s=", 'padding'],
    ['JWT ' . ucfirst(lc $h) . ".$p.$s", 'another header'],
    ['JWT ' . 'a' x 8100, 'far too long'], ["JWT \x{e9}", 'other characters'],
    [forged({ id => $bob->{id}, sub => $bob->{id} }), "another account's id, with this session"],
    [forged({ sub => $bob->{id} }), 'id and sub that differ'],
    [forged({}, key => 'x' x 32), 'another key'],
    [forged({}, with => 'HS512', header => { alg => 'HS512' }), 'another algorithm'],
    [forged({}, header => { alg => 'none' }), 'alg none'],
    [forged({}, header => { alg => 'None' }), 'alg None'],
    [forged({}, header => { alg => '' }), 'no alg'],
    [forged({}, header => { alg => 'hs256' }), 'alg in lower case'],
    [forged({}, header => { typ => 'JWT' }), 'without alg'],
    [forged({}, header => { alg => 'HS256', kid => 'x' }), 'an unknown kid'],
    [forged({}, header => { alg => 'HS256', crit => ['x'], x => 1 }), 'crit'],
    [forged({}, header => '{"alg":"HS256","alg":"HS256"}'), 'alg twice'],
    [forged({}, header => { alg => 'HS256', typ => 'at+jwt' }), 'another kind of token'],
    [forged({ exp => $now - 1 }), 'expired'], [forged({ exp => undef }), 'without exp'],
    [forged({ exp => "$claims->{exp}" . 'x' }), 'exp as text'],
    [forged({ exp => 'never' }), 'a word for exp'],
    [forged({ nbf => $now + 100 }), 'not yet good'],
    [forged({ iat => $now + 3600 }), 'from the future'],
    [forged({ id => 'nobody', sub => 'nobody' }), 'nobody'],
    [forged({ sid => 'x' }), 'no such session'], [forged({ sid => [] }), 'a list for sid'],
    ['JWT ' . Token::make($key, 'null'), 'null for claims'],
    ['JWT ' . Token::make($key, '[]'), 'a list for claims'],
    ['JWT ' . Token::make($key, '{'), 'broken claims'],
);
is status($_->[0]), 401, "refused: $_->[1]" for @refused;
is $c->parse($c->raw(
          "GET /private/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Authorization: JWT $token\r\nAuthorization: JWT $token\r\n\r\n"
))->{status}, 401, 'two Authorization fields';
is status("JWT $token", '/private/?token=' . $token), 200, 'a token in the query is ignored';
is status(undef, '/private/?token=' . $token . '&auth_token=JWT%20' . $token), 401,
    'a token in the query is not accepted';

is status(forged({ exp => $now + 5.5 })), 200, 'exp with a fraction is accepted';
is status(forged({ sid => undef })), 200, 'without sid the account is checked';
is status(forged({ sid => undef, iat => undef, id => undef })), 200, 'sub alone is enough';

my $r = $c->get('/private/', Authorization => 'JWT a.b.c');
is_deeply $r->{headers}{'www-authenticate'},
    ['JWT realm="private"', 'Bearer realm="private", error="invalid_token"'],
    'an invalid token has its challenge';
$r = $c->get('/private/', Authorization => "JWT $token");
is_deeply $r->{headers}{'cache-control'}, ['private'], 'the response is private';
like join(',', @{ $r->{headers}{vary} }), qr/\bAuthorization\b/, 'Vary: Authorization';
ok !$r->{headers}{'www-authenticate'}, 'no challenge';
is $c->request($_, '/private/', [])->{status}, 401, "$_ without a token"
    for qw(GET HEAD POST OPTIONS PUT DELETE BREW PROPFIND);
is $c->get('/private/', 'If-Modified-Since' => 'Mon, 23 Nov 2099 00:00:00 GMT')->{status}, 401,
    'a conditional request';
is $c->get('/private/', Range => 'bytes=0-1')->{status}, 401, 'a range request';
is $c->get($_)->{status}, 401, "spelt $_"
    for '//private/', '/private/.', '/x/../private/', '/%70rivate/', '/private/index.html',
    '/private/index.html/more';
isnt $c->get($_)->{status}, 200, "spelt $_"
    for '/private%2findex.html', '/private\\index.html', '/PRIVATE/', '/private;x/index.html';

my $env = $c->get(
    '/cgi/env.cgi',
    Authorization => forged(
        {
            role => 'admin', level => 3, ok => JSON::PP::true, groups => ['a', 'b'],
            'not-a-name' => 'x', deep => { a => 1 }, none => undef
        },
    ),
    'AUTHSMS_ID' => 'forged',
    'Authsms-Claim-Role' => 'forged'
)->{body};
like $env, qr/^$_$/m, $_
    for "REMOTE_USER=$alice->{username}", "AUTHSMS_ID=$alice->{id}", "AUTHSMS_SID=$claims->{sid}",
    'AUTHSMS_CLAIM_role=admin', 'AUTHSMS_CLAIM_level=3', 'AUTHSMS_CLAIM_ok=true',
    'AUTHSMS_CLAIM_groups=a,b';
unlike $env, qr/AUTHSMS_CLAIM_(?:deep|not|none)/, 'and no other variables';

my $offline = $c->get('/offline/env.cgi', Authorization => "JWT $token")->{body};
like $offline, qr/^REMOTE_USER=$alice->{id}$/m, 'AuthSMSUserCheck off: REMOTE_USER is the id';

for (
    ["locked = 1", "locked = 0", 'locked'], ["verified = 0", "verified = 1", 'not verified'],
    ["username = 'renamed'", "username = '$alice->{username}'", undef]
) {
    my ($change, $back, $why) = @$_;
    is status("JWT $token", '/lazy/'), 200, 'a known account';
    sql("UPDATE authsms_users SET $change WHERE id = '$alice->{id}'");
    is status("JWT $token"), $why ? 401 : 200, "an account that is $change";
    is status("JWT $token", '/lazy/'), 200, 'a cached status is used until it expires';
    is status("JWT $token", '/offline/env.cgi'), 200,
        'AuthSMSUserCheck off ignores the account';
    sql("UPDATE authsms_users SET $back WHERE id = '$alice->{id}'");
    is status("JWT $token"), 200, 'after the change is undone: accepted again';
}
is status("JWT $token", '/lazy/'), 200, 'a cached session';
is status(
    forged({ map({ $_ => "$alice->{id}/$claims->{sid}" } qw(id sub)), sid => undef }),
    '/lazy/'
    ),
    401, 'an id that contains both ids is another one';
sql("UPDATE authsms_users SET valid_from = " . ($now + 3600) . "000000 WHERE id = '$alice->{id}'");
is status("JWT $token"), 200, 'valid_from does not end a session';
is status(forged({ sid => undef })), 401, 'valid_from ends a token without a session';
is status(forged({ sid => undef, iat => undef, dateLogOn => undef })), 401,
    'and a token without iat';
sql("DELETE FROM authsms_sessions WHERE sid = '$claims->{sid}'");
is status("JWT $token"), 401, 'an ended session is rejected';
sql("DELETE FROM authsms_users WHERE id = '$bob->{id}'");
is status($bob->{token}), 401, 'a deleted account is rejected';

$site->stop;
done_testing;
