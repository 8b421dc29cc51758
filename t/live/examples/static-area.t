# SPDX-License-Identifier: Apache-2.0
# conf/examples/static-area.conf: browsers read protected files with a cookie.
use strict;
use warnings;
use lib 't/lib';
use Example;
use Test::More;

my $site = Example->new('static-area.conf');
$site->httpd->write("htdocs/$_", "file $_\n")
    for 'login.html', 'members/a.html', 'members/editors/b.html';
$site->httpd->expect_log(qr/AH01630|AH01631/);
$site->start;
my $c = $site->client;
my $ada = $site->person;
is $site->verify($ada, $site->register($ada)->{json}{id})->{status}, 200, 'registration';

my $r = $site->login($ada);
is $r->{json}{token}, undef, 'login: no token in the body';
my ($cookie) = map { /^(__Host-authsms=[^;]+); .*Secure/ } @{ $r->{headers}{'set-cookie'} };
ok $cookie, 'a cookie';
my @own = (Cookie => $cookie);

is $c->get('/index.html')->{status}, 200, 'other files are public';
is $c->get('/members/a.html')->{status}, 401, 'a program without a token: 401';
$r = $c->get('/members/a.html', Accept => 'text/html');
is "$r->{status} $r->{headers}{location}[0]", '302 /login.html?return=%2Fmembers%2Fa.html',
    'a browser without a token: the login page';
$r = $c->get('/members/a.html', @own);
is "$r->{status} $r->{body}", "200 file members/a.html\n", 'with the cookie: the file';
is $r->{headers}{'cache-control'}[0], 'private', 'not for shared caches';
is $c->get('/members/editors/b.html', @own)->{status}, 403, 'without the role: 403';

my ($id) = map { $_->{json}{msg}{id} } $c->get('/app_api/users', @own);
$site->sql("INSERT INTO authsms_roles (user_id, role) VALUES ('$id', 'editor')");
$site->httpd->graceful;
is $c->get('/members/editors/b.html', @own)->{status}, 200, 'with the role: the file';
is $site->api('/logout', {}, @own)->{status}, 200, 'log out';
is $c->get('/members/a.html', @own)->{status}, 401, 'after the logout: 401';
$site->stop;
done_testing;
