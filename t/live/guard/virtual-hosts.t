# SPDX-License-Identifier: Apache-2.0
# Virtual hosts have their own keys and token caches, and share the global configuration.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

my %key = map { $_ => $_ x 16 } qw(first2 second secret);
my $hosts = join '', map { my ($name, $lines) = @$_; <<"END" }
<VirtualHost *>
ServerName $name.test
$lines
</VirtualHost>
END
    [
    'one',
    "AuthSMSKey HS256 $key{first2}\n<Location /p>\nAuthSMSProtect On\nAuthSMSUserCheck off\n"
        . "</Location>"
    ],
    [
    'two',
    "AuthSMSKey HS256 $key{second}\n<Location /p>\nAuthSMSProtect On\nAuthSMSUserCheck off\n"
        . "</Location>"
    ],
    ['same', "<Location /p>\nAuthSMSProtect On\nAuthSMSUserCheck off\n</Location>"],
    [
    'issuer',
    "AuthSMSIssuer me\n<Location /p>\nAuthSMSProtect On\nAuthSMSUserCheck off\n</Location>"
    ],
    [
    'asks',
    "AuthSMSKey HS256 $key{second}\n<Location /p>\nAuthSMSProtect On\nAuthSMSUserCheck 1h\n"
        . "</Location>"
    ],
    ['main', ''];
my $site = Site->new(
    children => 1, key => "AuthSMSKey HS256 $key{secret}",
    locations => "<Location /p>\nAuthSMSProtect On\nAuthSMSUserCheck off\n</Location>\n$hosts"
);
$site->httpd->write('htdocs/p/index.html', 'page');
$site->start;
my $c = $site->client;
my %claims = (id => 'somebody', exp => time + 600);
my %token = map { $_ => Token::make($key{$_}, \%claims) } keys %key;
$token{issued} = Token::make($key{secret}, { %claims, iss => 'me' });

sub status {
    my ($host, $token) = @_;
    return $c->get(
        '/p/', Host => "$host.test",
        $token ? (Authorization => "JWT $token{$token}") : ()
    )->{status};
}

my %good =
    (one => 'first2', two => 'second', main => 'secret', same => 'secret', issuer => 'issued');
# Twice, in both orders, so that each has met the others' tokens before and after it learned its
# own.
for my $round (1, 2) {
    for my $host ($round == 1 ? sort keys %good : reverse sort keys %good) {
        for my $token (sort keys %token) {
            my $wanted = $token eq $good{$host}
                || ($token eq 'issued' && $good{$host} eq 'secret') ? 200 : 401;
            is status($host, $token), $wanted, "round $round: $host, $token: $wanted";
        }
        is status($host), 401, 'without a token: 401';
    }
}
is status('asks', 'second'), 401,
    'a status from a host without account check is not reused where it is checked';
is $c->get('/p/index.html', Host => 'main.test', Authorization => "JWT $token{first2}")->{status},
    401, 'a host without its own key inherits the global key';

# One connection, several hosts; each thrice, so that what a connection holds of a token has been
# there.
my $s = $c->connect;
for (
    map { ($_) x 3 } ['one', 'first2', 200], ['two', 'first2', 401], ['two', 'second', 200],
    ['one', 'second', 401], ['main', 'secret', 200], ['one', 'secret', 401],
    ['same', 'secret', 200], ['issuer', 'secret', 401], ['one', 'first2', 200]
) {
    my ($host, $token, $wanted) = @$_;
    syswrite $s,
        "GET /p/index.html HTTP/1.1\r\nHost: $host.test\r\n"
        . "Authorization: JWT $token{$token}\r\n\r\n";
    my $answer = $c->read_all($s, qr{\r\n\r\n.*(?:page|</html>)}s);
    like $answer, qr{\AHTTP/1\.1 $wanted }, "on one connection: $host, $token";
    $s = $c->connect if $answer =~ /^Connection: close/mi;
}
$site->stop;
done_testing;
