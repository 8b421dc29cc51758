# SPDX-License-Identifier: Apache-2.0
# AuthSMSTokenFrom: where the guard reads the token, and which source takes precedence.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

my $protect = "AuthType JWT\nRequire valid-user\n";
my $site = Site->new(
    children => 1, server => 'AuthSMSUserCheck always',
    locations => "<Location /both>\n${protect}AuthSMSTokenFrom header cookie:session\n</Location>\n"
        . "<Location /both/plain>\nAuthSMSTokenFrom header\n</Location>\n"
        . "<Location /cookies>\n${protect}AuthSMSTokenFrom cookie:first cookie:session\n"
        . "</Location>\n"
        . "<Location /reverse>\nAuthSMSProtect On\nAuthSMSTokenFrom cookie:session header\n"
        . "</Location>\n"
);
$site->httpd->write("htdocs/$_/index.html", "$_ page\n") for qw(both both/plain cookies reverse);
$site->start;
my $c = $site->client;
my ($alice, $bob) = map { $site->signup } 1, 2;
my ($a, $b) = map { $_->{token} =~ /^JWT (.*)/ } $alice, $bob;

sub status { my ($path, @h) = @_; return $c->get($path, @h)->{status} }

subtest 'token sources' => sub {
    is status('/both/', Authorization => "JWT $a"), 200, 'token in the header: 200';
    is status('/both/', Cookie => "session=$a"), 200, 'token in the cookie: 200';
    is status('/both/', Cookie => "x=1; session=$a; y=session=$b"), 200, 'cookie among others: 200';
    is status('/both/', Cookie => "x=\"session=$b\""), 401,
        'name and token within the value of another cookie: 401';
    is status('/both/', Cookie => "Session=$a"), 401, 'name in another case: 401';
    is status('/both/', Cookie => "mysession=$a"), 401, 'longer name: 401';
    is status('/both/', Cookie => 'session='), 401, 'empty cookie: 401';
    is status('/both/', Cookie => "session=$a; session=$a"), 401, 'two cookies of this name: 401';
    is status('/both/', Cookie => "session=$a", Cookie => "session=$b"), 401,
        'two cookies of this name in two Cookie fields: 401';
    is status('/both/', Cookie => "session=$a", Cookie => 'other=1'), 200,
        'another cookie in a second Cookie field: 200';
    is status('/both/', Cookie => "session=$a; $_"), 401, "two cookies of this name: 401 ($_)"
        for "other=1,session=$b", "other=1, session=$b", "x=;session=$b";
    is status('/both/', Cookie => "x=en, session=$b"), 401,
        'token after a comma in another value: 401';
    is status('/both/', Cookie => 'session=', Cookie => "session=$a"), 401,
        'empty cookie, and a token in a second Cookie field: 401';
    is status('/both/', Cookie => $_), 401, "malformed cookie: 401 ($_)"
        for 'session', ' ', ';', ',;,', "=$a", "session =$a", "session= $a", "session=\"$a\"",
        "\$Version=1; session=$a,session=$a";
    is status('/both/', Cookie => "session=$a ; x=1"), 200, 'blank after the token: 200';
    is status('/both/', Cookie => join '; ', (map { "c$_=1" } 1 .. 300), "session=$a"), 200,
        'token after 300 other cookies: 200';
    is status('/both/', Authorization => "JWT $a", Authorization => "JWT $b"), 401,
        'two Authorization fields: 401';
    is status('/both/', Authorization => $_, Cookie => "session=$a"), 401,
        "two credentials in one Authorization field: 401 ($_)"
        for "JWT $a,JWT $a", "JWT $a, Bearer $a", "Bearer $a $a";
    is status('/both/', Authorization => $_, Authorization => "JWT $a", Cookie => "session=$a"),
        401, "two Authorization fields, the first '$_': 401"
        for 'Basic Zm9v', 'JWT', '', 'Digest username="x", uri="/"';
    is status(
        '/both/', Authorization => 'Digest username="jwt x", realm="bearer", nonce=jwt',
        Cookie => "session=$a"
        ),
        200, 'Digest parameters that resemble a token: cookie is used, 200';
    is status('/both/', Authorization => "JWT $a", Cookie => 'session=rubbish'), 200,
        'valid header, invalid cookie: 200';
    is status('/both/', Authorization => 'JWT rubbish', Cookie => "session=$a"), 401,
        'invalid header, valid cookie: 401';
    is status('/both/', Authorization => 'Basic Zm9v', Cookie => "session=$a"), 200,
        'Basic scheme in the header, valid cookie: 200';
    is status('/both/', Authorization => 'JWT', Cookie => "session=$a"), 200,
        'scheme without a token in the header, valid cookie: 200';
    is status('/reverse/', Authorization => 'JWT rubbish', Cookie => "session=$a"), 200,
        'cookie listed first: valid cookie, invalid header: 200';
    is status('/reverse/', Authorization => "JWT $a", Cookie => 'session=rubbish'), 401,
        'cookie listed first: invalid cookie, valid header: 401';
    is status('/cookies/', Authorization => "JWT $a"), 401,
        'only cookies listed: token in the header: 401';
    is status('/cookies/', Cookie => "session=$a; first=$b"), 200,
        'two cookies listed, both valid: 200';
    is status('/cookies/', Cookie => "session=$a; first=rubbish"), 401,
        'two cookies listed, the first is invalid: 401';
    is status('/private/', Cookie => "session=$a"), 401, 'only the header by default: cookie: 401';
    is status('/both/?session=' . $a), 401, 'token in the query: 401';
    like join(', ', @{ $c->get('/both/', Cookie => "session=$a")->{headers}{vary} }),
        qr/\AAuthorization, ?Cookie\z/, 'header and cookie: Vary is Authorization, Cookie';
    is join(', ', @{ $c->get('/cookies/', Cookie => "session=$a")->{headers}{vary} }), 'Cookie',
        'only cookies listed: Vary is Cookie';
    is join(', ', @{ $c->get('/private/', Authorization => "JWT $a")->{headers}{vary} }),
        'Authorization', 'only the header read: Vary is Authorization';
    is status('/both/plain/', Cookie => "session=$a"), 401,
        'inner Location lists only the header: cookie: 401';
    is status('/both/plain/', Authorization => "JWT $a", Cookie => 'session=rubbish'), 200,
        'inner Location lists only the header: invalid cookie is ignored, 200';
    is scalar @{ $c->get('/cookies/')->{headers}{'www-authenticate'} }, 2,
        '401 has two challenges';
};
$site->stop;
done_testing;
