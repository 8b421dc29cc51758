# SPDX-License-Identifier: Apache-2.0
# AuthSMSTokenFrom: where the guard looks for a token, and which token counts.
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

subtest 'where a token is' => sub {
    is status('/both/', Authorization => "JWT $a"), 200, 'token in the header';
    is status('/both/', Cookie => "session=$a"), 200, 'token in the cookie';
    is status('/both/', Cookie => "x=1; session=$a; y=session=$b"), 200, 'among other cookies';
    is status('/both/', Cookie => "x=\"session=$b\""), 401,
        'not within the value of another cookie';
    is status('/both/', Cookie => "Session=$a"), 401, 'not under a name in another case';
    is status('/both/', Cookie => "mysession=$a"), 401, 'not under a longer name';
    is status('/both/', Cookie => 'session='), 401, 'an empty cookie: 401';
    is status('/both/', Cookie => "session=$a; session=$a"), 401, 'two cookies of the name: 401';
    is status('/both/', Cookie => "session=$a", Cookie => "session=$b"), 401,
        'in two Cookie fields: 401';
    is status('/both/', Cookie => "session=$a", Cookie => 'other=1'), 200,
        'another token in a second field';
    is status('/both/', Cookie => "session=$a; $_"), 401, "two, however: $_"
        for "other=1,session=$b", "other=1, session=$b", "x=;session=$b";
    is status('/both/', Cookie => "x=en, session=$b"), 401,
        'text after a comma may belong to another value';
    is status('/both/', Cookie => 'session=', Cookie => "session=$a"), 401, 'or to a second field';
    is status('/both/', Cookie => $_), 401, "no token: $_"
        for 'session', ' ', ';', ',;,', "=$a", "session =$a", "session= $a", "session=\"$a\"",
        "\$Version=1; session=$a,session=$a";
    is status('/both/', Cookie => "session=$a ; x=1"), 200, 'a blank after the token';
    is status('/both/', Cookie => join '; ', (map { "c$_=1" } 1 .. 300), "session=$a"), 200,
        'after many other cookies';
    is status('/both/', Authorization => "JWT $a", Authorization => "JWT $b"), 401,
        'two Authorization fields';
    is status('/both/', Authorization => $_, Cookie => "session=$a"), 401,
        'two in one are refused, not passed over'
        for "JWT $a,JWT $a", "JWT $a, Bearer $a", "Bearer $a $a";
    is status('/both/', Authorization => $_, Authorization => "JWT $a", Cookie => "session=$a"),
        401, "nor is one behind another field: '$_'"
        for 'Basic Zm9v', 'JWT', '', 'Digest username="x", uri="/"';
    is status(
        '/both/', Authorization => 'Digest username="jwt x", realm="bearer", nonce=jwt',
        Cookie => "session=$a"
        ),
        200, 'parameters of another scheme are no token';
    is status('/both/', Authorization => "JWT $a", Cookie => 'session=rubbish'), 200,
        'the header is used first';
    is status('/both/', Authorization => 'JWT rubbish', Cookie => "session=$a"), 401,
        'an invalid token in the header is rejected';
    is status('/both/', Authorization => 'Basic Zm9v', Cookie => "session=$a"), 200,
        'another scheme is no token';
    is status('/both/', Authorization => 'JWT', Cookie => "session=$a"), 200,
        'a scheme alone is no token';
    is status('/reverse/', Authorization => 'JWT rubbish', Cookie => "session=$a"), 200,
        'the cookie is used first';
    is status('/reverse/', Authorization => "JWT $a", Cookie => 'session=rubbish'), 401,
        'an invalid cookie is rejected';
    is status('/cookies/', Authorization => "JWT $a"), 401, 'the header is ignored';
    is status('/cookies/', Cookie => "session=$a; first=$b"), 200,
        'the first cookie that exists is used';
    is status('/cookies/', Cookie => "session=$a; first=rubbish"), 401, 'it must be valid';
    is status('/private/', Cookie => "session=$a"), 401, 'no cookie is read without cookie:';
    is status('/both/?session=' . $a), 401, 'the query is never read';
    like join(', ', @{ $c->get('/both/', Cookie => "session=$a")->{headers}{vary} }),
        qr/\AAuthorization, ?Cookie\z/, 'Vary names both fields';
    is join(', ', @{ $c->get('/cookies/', Cookie => "session=$a")->{headers}{vary} }), 'Cookie',
        'Vary names one field';
    is join(', ', @{ $c->get('/private/', Authorization => "JWT $a")->{headers}{vary} }),
        'Authorization', 'Vary names the other field';
    is status('/both/plain/', Cookie => "session=$a"), 401, 'an inner Location overrides the list';
    is status('/both/plain/', Authorization => "JWT $a", Cookie => 'session=rubbish'), 200,
        'and reads no cookie';
    is scalar @{ $c->get('/cookies/')->{headers}{'www-authenticate'} }, 2,
        'a 401 has its challenges';
};
$site->stop;
done_testing;
