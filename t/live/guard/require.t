# SPDX-License-Identifier: Apache-2.0
# Require authsms-verified and authsms-claim, alone and combined with mod_authz_core's containers.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

my %sections = (
    role => 'Require authsms-claim role admin',
    roles => 'Require authsms-claim role "the boss" editor admin',
    group => 'Require authsms-claim groups staff',
    level => 'Require authsms-claim level 3',
    large => 'Require authsms-claim big 18446744073709551615 9223372036854775807 1e2 -0',
    flag => 'Require authsms-claim beta true',
    deep => 'Require authsms-claim org.team.name blue',
    dotted => 'Require authsms-claim a.b c',
    pointer => 'Require authsms-claim /resource_access/my.app/banned true',
    unbanned => "<RequireAll>\nRequire valid-user\n"
        . "Require not authsms-claim resource_access.my.app.banned true\n</RequireAll>",
    unpointed => "<RequireAll>\nRequire valid-user\n"
        . "Require not authsms-claim /resource_access/my.app/banned true\n</RequireAll>",
    nobody => "<RequireAll>\nRequire valid-user\n<RequireNone>\n"
        . "Require authsms-claim resource_access.my.app.banned true\n</RequireNone>\n"
        . "</RequireAll>",
    banned => 'Require authsms-claim resource_access.my.app.banned true',
    escaped => 'Require authsms-claim /a~1b/~01/ x',
    element => 'Require authsms-claim /groups/1/name x',
    unaliased => "<RequireAll>\nRequire valid-user\nRequire not banned\n</RequireAll>",
    scope => 'Require authsms-scope write admin:all',
    unscoped => "<RequireAll>\nRequire valid-user\nRequire not authsms-scope write\n</RequireAll>",
    verified => 'Require authsms-verified',
    unverified => "<RequireAll>\nRequire valid-user\nRequire not authsms-verified\n</RequireAll>",
    offline => "AuthSMSUserCheck off\nRequire authsms-verified",
    any => "<RequireAny>\nRequire authsms-claim role admin\nRequire authsms-claim level 3\n"
        . "</RequireAny>",
    all => "<RequireAll>\nRequire authsms-verified\nRequire authsms-claim role admin\n"
        . "Require ip 127.0.0.1\n</RequireAll>",
    none => "<RequireAll>\nRequire valid-user\n<RequireNone>\nRequire authsms-claim role banned\n"
        . "</RequireNone>\n</RequireAll>",
    unless =>
        "<RequireAll>\nRequire not authsms-claim role banned\nRequire user nobody\n</RequireAll>",
    twice => "<RequireAll>\nRequire valid-user\n<RequireNone>\n<RequireAny>\n"
        . "Require authsms-claim role banned\n</RequireAny>\n</RequireNone>\n"
        . "Require authsms-claim role admin\n</RequireAll>",
    filed => '',
    alias => 'Require admin',
    expr => "Require expr \"%{REMOTE_USER} =~ /^user/\"",
    # The account check here does not apply to the Location that the request is rewritten to.
    sent => "Require valid-user\nRewriteEngine On\nRewriteRule . /offline/index.html [PT]",
    ip => "<RequireAny>\nRequire ip 127.0.0.1\nRequire authsms-claim role admin\n</RequireAny>",
);
my $site = Site->new(
    server => qq(AuthSMSRequireVerified Off\nHeader always set X-Why "%{AUTHSMS_ERROR}e"),
    locations => "<AuthzProviderAlias authsms-claim admin \"role admin\">\n</AuthzProviderAlias>\n"
        . "<AuthzProviderAlias authsms-claim banned \"/resource_access/my.app/banned true\">\n"
        . "</AuthzProviderAlias>\n"
        . join '',
    map {
              "<Location \"/$_\">\nAuthType JWT\nAuthzSendForbiddenOnFailure On\n$sections{$_}\n"
            . "</Location>\n"
    } sort keys %sections,
);
$site->httpd->write("htdocs/$_/index.html", "page of $_\n") for keys %sections;
$site->httpd->write(
    'htdocs/filed/.htaccess',
    "<RequireAll>\nRequire authsms-claim role admin\nRequire not authsms-claim role banned\n"
        . "</RequireAll>\n"
);
$site->httpd->{conf} .=
    "<Directory \"@{[$site->httpd->dir]}/htdocs/filed\">\nAllowOverride AuthConfig\n</Directory>\n";
$site->start;
my $c = $site->client;
my $alice = $site->signup;
my $bob = Site::person();
$site->register($bob);
$bob->{token} = $site->login($bob)->{json}{token};
my $claims = Token::claims($alice->{token});

sub with {
    my ($more, $base) = @_;
    return 'JWT ' . Token::make($site->key, { %{ $base // $claims }, %$more });
}

sub status {
    my ($path, $token) = @_;
    return $c->get("/$path/", $token ? (Authorization => $token) : ())->{status};
}

is status($_), $_ eq 'ip' ? 200 : 401, "$_ without a token: " . ($_ eq 'ip' ? 200 : 401)
    for grep { $_ ne 'expr' } sort keys %sections;
for (
    [role => 200, { role => 'admin' }], [role => 403, { role => 'Admin' }],
    [role => 403, { role => 'admin ' }], [role => 403, {}],
    [role => 403, { role => { admin => 1 } }],
    [role => 200, { role => ['user', 'admin'] }], [role => 403, { role => [['admin']] }],
    [role => 403, { role => undef }], [roles => 200, { role => 'the boss' }],
    [roles => 403, { role => 'boss' }],
    [group => 200, { groups => ['a', 'staff'] }], [group => 403, { groups => [] }],
    [level => 200, { level => 3 }], [level => 200, { level => '3' }],
    [level => 403, { level => 33 }], [level => 403, { level => 3.5 }],
    [flag => 200, { beta => JSON::PP::true }], [flag => 403, { beta => JSON::PP::false }],
    [flag => 403, { beta => 1 }], [deep => 200, { org => { team => { name => 'blue' } } }],
    [deep => 403, { org => { team => 'blue' } }], [deep => 403, { org => 'blue' }],
    [deep => 200, { org => { team => { name => ['red', 'blue'] }, x => '}"' } }],
    [deep => 403, { org => [{ team => { name => 'blue' } }] }], [deep => 403, { org => undef }],
    [dotted => 200, { 'a.b' => 'c' }], [dotted => 200, { a => { b => 'c' } }],
    [dotted => 403, { 'a.b' => 'x', a => { b => 'c' } }],
    [any => 200, { level => 3 }], [any => 403, { level => 4 }], [all => 200, { role => 'admin' }],
    [all => 403, { role => 'x' }], [none => 200, { role => 'x' }],
    [none => 403, { role => 'banned' }],
    [verified => 200, {}], [alias => 200, { role => 'admin' }], [alias => 403, { role => 'x' }],
    [offline => 403, {}],
) {
    my ($path, $status, $more) = @$_;
    my $token = with($more);
    is status($path, $token), $status, "$path: $status " . JSON::PP->new->canonical->encode($more)
        for 1, 2;    # before and after the token is cached
}
# Each dot of a dotted name may be part of a member's name. An ambiguous name denies access.
my ($yes, $no) = (JSON::PP::true, JSON::PP::false);
my %access = (
    'in one member' => [{ 'my.app' => { banned => $yes } }, 1],
    'not in one member' => [{ 'my.app' => { banned => $no } }, 0],
    'in two' => [{ my => { app => { banned => $yes } } }, 1, 'nested'],
    'in one name' => [{ 'my.app.banned' => $yes }, 1, 'nested'],
    'in the last' => [{ my => { 'app.banned' => $yes } }, 1, 'nested'],
    'nowhere' => [{ my => { app => {} } }, 0],
    'both, differently' =>
        [{ 'my.app' => { banned => $yes }, my => { app => { banned => $no } } }, 1, 'twice'],
    'the other way about' =>
        [{ 'my.app' => { banned => $no }, my => { app => { banned => $yes } } }, 0, 'twice'],
    'both alike' =>
        [{ 'my.app' => { banned => $yes }, my => { app => { banned => $yes } } }, 1, 'twice'],
    'both not' =>
        [{ 'my.app' => { banned => $no }, my => { app => { banned => $no } } }, 0, 'twice'],
    'one is null' =>
        [{ 'my.app' => { banned => undef }, my => { 'app.banned' => $no } }, 0, 'twice'],
    'three' => [
        { 'my.app.banned' => $no, 'my.app' => { banned => $no }, my => { 'app.banned' => $no } },
        0, 'twice'
    ],
);
for my $name (sort keys %access) {
    my ($object, $banned, $how) = (@{ $access{$name} }, '');
    my $token = with({ resource_access => $object });
    my $pointed = $banned && $how ne 'nested';
    is status('pointer', $token), $pointed ? 200 : 403, "$name: by pointer";
    is status('unpointed', $token), $pointed ? 403 : 200, "$name: Require not with a pointer";
    is status('unaliased', $token), $pointed ? 403 : 200,
        "$name: Require not with an alias of the pointer";
    is status('banned', $token), $banned && $how ne 'twice' ? 200 : 403, "$name: by a dotted name";
    is status($_, $token), $banned || $how eq 'twice' ? 403 : 200,
        "$name: Require not or RequireNone with a dotted name: $_"
        for qw(unbanned nobody);
}
is status('dotted', with({ 'a.b' => 'c', a => { b => 'c' } })), 403,
    'ambiguous name, both members have the value: 403';
for (
    [escaped => 200, { 'a/b' => { '~1' => { '' => 'x' } } }],
    [escaped => 403, { 'a/b' => { '~1' => 'x' } }],
    [escaped => 403, { 'a~1b' => { '~01' => { '' => 'x' } } }], [escaped => 403, { 'a/b' => 'x' }],
    [element => 200, { groups => [{}, { name => 'x' }] }],
    [element => 403, { groups => [{ name => 'x' }] }],
    [element => 200, { groups => { 1 => { name => ['y', 'x'] } } }],
    [element => 403, { groups => 'x' }], [element => 403, { groups => [[], [{ name => 'x' }]] }],
    (
        map { [scope => 200, { scope => $_ }] } 'write', 'read write', 'write read',
        ' read  write ', 'admin:all x', ['write'], ['read', 'admin:all']
    ),
    (
        map { [scope => 403, { scope => $_ }] } '', 'read', 'Write', 'writer', 'xwrite',
        "read,write", 'admin', ['read write'], [['write']], [], [1], { write => 1 }, undef, 1, $yes
    ),
    [scope => 403, {}],
    [scope => 403, { scp => 'write' }],
    [unscoped => 403, { scope => 'read write' }],
    [unscoped => 200, { scope => 'read' }],
    [unscoped => 200, {}],
    [unverified => 403, {}],
) {
    my ($path, $status, $more) = @$_;
    is status($path, with($more)), $status,
        "$path: $status " . JSON::PP->new->canonical->encode($more);
}
for (
    [200, '18446744073709551615'], [200, '9223372036854775807'], [200, '1e2'], [200, '[0, -0 ]'],
    [403, '99999999999999999999999'], [403, '18446744073709551616'], [403, '9223372036854775808'],
    [403, '100'], [403, '0'], [403, '1E2'], [403, '{"1e2":1}']
) {
    my ($status, $number) = @$_;
    my $json = JSON::PP->new->canonical->encode($claims) =~ s/\}\z/,"big":$number}/r;
    is status('large', 'JWT ' . Token::make($site->key, $json)), $status,
        "number compared as written: $number: $status"
        for 1, 2;
}
is status('verified', $bob->{token}), 403, 'unverified account: 403';
is status('sent', $alice->{token}), 403,
    'rewritten to AuthSMSUserCheck off: the earlier account check is ignored, 403';
my $r = $c->get('/role/', Authorization => $alice->{token});
ok !$r->{headers}{'www-authenticate'}, 'a 403 has no challenge';

sub why {
    my ($path, $token) = @_;
    return $c->get("/$path/", Authorization => $token)->{headers}{'x-why'}[0];
}
is why('verified', $bob->{token}), 'not_verified', 'AUTHSMS_ERROR: not verified';
is why('all', with({ role => 'x' })), 'insufficient_scope', 'missing claim: insufficient_scope';
is why('role', "$alice->{token}x"), 'invalid_token', 'invalid token: invalid_token';
is why('any', with({ level => 3 })), '(null)', 'RequireAny, one grants: no error';
is why('none', with({ role => 'x' })), '(null)', 'RequireNone does not match: no error';
is why('unless', with({ role => 'x' })), '(null)', 'denied by another provider: no error';
is why('twice', with({ role => 'x' })), 'insufficient_scope',
    'missing claim beside nested containers: insufficient_scope';
is why($_, with({ resource_access => { 'my.app' => { banned => $yes } } })), 'insufficient_scope',
    "matching claim is denied: insufficient_scope: $_" for qw(unbanned unpointed nobody);
is why('unscoped', with({ scope => 'write' })), 'insufficient_scope',
    'denied scope: insufficient_scope';
is why('unverified', $alice->{token}), 'insufficient_scope',
    'verified account is denied: insufficient_scope';
is why('scope', $alice->{token}), 'insufficient_scope', 'missing scope: insufficient_scope';
is why($_, with({ resource_access => {} })), '(null)', "denied claim is absent: no error: $_"
    for qw(unbanned unpointed nobody unscoped);
is why('filed', with({ role => 'x' })), 'insufficient_scope',
    '.htaccess, missing claim: insufficient_scope';
is why('filed', with({ role => 'admin' })), '(null)', '.htaccess, access granted: no error';

for (
    ['authsms-claim', qr/authsms-claim/], ['authsms-claim role', qr/at least one value/],
    ['authsms-verified now', qr/one word too many/],
    ['authsms-claim /a~2 x', qr/no JSON pointer/], ['authsms-claim /a~ x', qr/no JSON pointer/],
    ['authsms-scope', qr/at least one word/], ['authsms-scope "a b"', qr/'a b' is not one word/],
    ['authsms-scope a \xc3\xa9', qr/is not one word/],
    [
              "all denied\n</Location>\n<AuthzProviderAlias authsms-claim x \"realm.role admin\">\n"
            . "</AuthzProviderAlias>\n<Location /y>\nRequire all denied",
        qr/an alias needs a JSON pointer/
    ]
) {
    my ($words, $says) = @$_;
    my ($code, $out) = $site->httpd->configtest(
              "DBDriver sqlite3\nDBDParams x\nAuthSMSKey HS256 file:key\n<Location /x>\n"
            . "AuthType JWT\nRequire $words\n</Location>\n");
    isnt $code, 0, "Require $words: a configtest error";
    like $out, $says, "Require $words: the error names the cause";
}

$site->httpd->expect_log(
    qr/AH01630|AH01631/,
    qr/several[ ]claims[ ]of[ ]this[ ]token[ ]could[ ]be[ ](?:resource_access\.my\.app\.banned|a\.b)
        \.[ ]Write[ ]a[ ]JSON[ ]pointer/x
);
$site->stop;
done_testing;
