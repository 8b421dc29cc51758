# SPDX-License-Identifier: Apache-2.0
# Each directive in .htaccess is accepted or rejected as documented; per-directory directives apply
# from the server inwards.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;
use Token;

# The map says where each directive may stand.
open my $in, '<', "$Httpd::root/mod_authsms.c" or die "mod_authsms.c: $!";
my $map = do { local $/; <$in> };
my %where = $map =~ /^ +TAKE_(?:ONE|WORDS)\("(AuthSMS\w+)",\s+\w+,\s+(\w+),/mg;
my %good = (
    AuthSMSProtect => 'On', AuthSMSUnauthorized => '/login.html',
    AuthSMSPassIdentity => 'X-User-'
);

my $allowed =
      "AllowOverride All\nOptions +Includes\nAddType text/html .shtml\n"
    . "AddOutputFilter INCLUDES .shtml";
my $site = Site->new(
    children => 1,
    server => "AuthSMSUserCheck always\nAuthSMSAllowOrigin https://outer.example\n"
        . "AuthSMSStatus always200\nAuthSMSUnauthorized /outer.html\nAuthSMSPassIdentity Outer-",
    api => 'AuthSMSStatus http',
    locations => <<"END");
<Directory "\${HTDOCS}">
    $allowed
</Directory>
<Directory "\${HTDOCS}/strict">
    AllowOverride None
    AuthSMSProtect On
</Directory>
<Directory "\${HTDOCS}/limits">
    AllowOverride Limit FileInfo Options
    AuthSMSProtect On
</Directory>
<Location "/a">
    AuthSMSProtect On
</Location>
<Location "/a/asked">
    AuthSMSUserCheck off
    AuthSMSAllowOrigin https://inner.example
    AuthSMSUnauthorized 401
    AuthSMSPassIdentity Inner-
</Location>
<Location "/a/asked/again">
    AuthSMSUserCheck always
    AuthSMSAllowOrigin none
    AuthSMSUnauthorized /again.html
    AuthSMSPassIdentity Off
</Location>
<Location "/a/open">
    AuthSMSProtect Off
</Location>
<Location "/held">
    AuthSMSProtect On
</Location>
END
my $httpd = $site->httpd;
$httpd->{conf} =~ s{\$\{HTDOCS\}}{$httpd->dir . '/htdocs'}ge;
my $page = join ' ',
    map { qq(<!--#echo encoding="none" var="HTTP_$_" -->) } qw(OUTER_ID INNER_ID HT_ID);
my @pages =
    qw(/a/ /a/asked/ /a/asked/again/ /a/open/ /held/ /ht/ /ht/open/ /ht/login/ /ht/strict/
    /strict/ /limits/ /plain/);
$httpd->write("htdocs${_}index.html", 'page') for @pages, map { "/each/$_/" } keys %where;
$httpd->write("htdocs${_}page.shtml", $page) for @pages;
my $asked = "AuthType JWT\nRequire valid-user\n";
my %files = (
    '/held/' => 'AuthSMSProtect Off', '/strict/' => 'AuthSMSProtect Off',
    '/limits/' => 'AuthSMSProtect Off', '/ht/' => "${asked}AuthSMSPassIdentity Ht-",
    '/ht/open/' => "AuthType None\nRequire all granted",
    '/ht/login/' => 'AuthSMSUnauthorized /ht.html',
    '/ht/strict/' => "AuthSMSUnauthorized 401\nAuthSMSPassIdentity Off",
);
$httpd->write("htdocs$_.htaccess", "$files{$_}\n") for keys %files;
$httpd->write("htdocs/each/$_/.htaccess", "$_ " . ($good{$_} // 'x') . "\n") for keys %where;
$httpd->expect_log(qr/AuthSMS\w+ not allowed here/);
$site->start;
my $c = $site->client;
my $alice = $site->signup;

subtest 'each in a file' => sub {
    cmp_ok scalar(keys %where), '>', 30, 'all are in the map';
    for my $name (sort keys %where) {
        my $r = $c->get("/each/$name/index.html");
        if ($where{$name} eq 'IN_HTACCESS') {
            isnt $r->{status}, 500, "$name is taken";
        }
        else {
            is $r->{status}, 500, "$name is refused";
            like $httpd->error_log, qr{/each/$name/\.htaccess: $name not allowed here},
                'and the log says why';
        }
    }
    is_deeply [sort grep { $where{$_} eq 'IN_HTACCESS' } keys %where], [sort keys %good],
        'those that are taken tell no secret and weaken none';
};

my @own = (Authorization => $alice->{token});
my @browser = (Accept => 'text/html');
sub answer {
    my ($path, @h) = @_;
    my $r = $c->get($path, @h);
    return join ' ', $r->{status}, ($r->{headers}{location}[0] // '') =~ s/\?.*//r || ();
}

sub ids {
    my ($path) = @_;
    my $body = $c->get("${path}page.shtml", @own)->{body};
    return join ' ', map { $_ eq $alice->{id} ? 'id' : $_ eq '(none)' ? '-' : $_ } split / /, $body;
}

sub origin {
    my ($path, $origin) = @_;
    return $c->get($path, @own, Origin => $origin)->{headers}{'access-control-allow-origin'}[0]
        // '-';
}

subtest 'protection' => sub {
    is answer('/plain/'), '200', 'nothing is asked';
    is answer($_), $_ =~ /open/ ? '200' : '401', "$_ without a token"
        for '/a/asked/', '/a/open/', '/ht/open/', '/ht/strict/';
    is answer($_), '401',
        'a file cannot take it away from a Location, nor where none is read: ' . $_
        for '/held/', '/strict/';
    is answer($_, @own), '500', 'where it may say other things it is a fault, and nothing is served'
        for '/limits/';
    is answer($_, @own), '200', "$_ with one" for grep { $_ ne '/limits/' } @pages;
};

subtest 'where browsers are sent' => sub {
    my %to = (
        '/a/' => '302 /outer.html', '/a/asked/' => '401', '/a/asked/again/' => '302 /again.html',
        '/a/open/' => '200', '/ht/' => '302 /outer.html', '/ht/login/' => '302 /ht.html',
        '/ht/strict/' => '401'
    );
    is answer($_, @browser), $to{$_}, $_ for sort keys %to;
};

subtest 'identity' => sub {
    my %seen = (
        '/a/' => 'id - -', '/a/asked/' => '- id -', '/a/asked/again/' => '- - -',
        '/ht/' => '- - id', '/ht/login/' => '- - id', '/ht/strict/' => '- - -'
    );
    is ids($_), $seen{$_}, $_ for sort keys %seen;
};

subtest 'origins' => sub {
    is origin('/a/', 'https://outer.example'), 'https://outer.example', 'the server\'s';
    is origin('/a/', 'https://inner.example'), '-', 'alone';
    is origin('/a/asked/', 'https://inner.example'), 'https://inner.example', 'a Location\'s own';
    is origin('/a/asked/', 'https://outer.example'), '-', 'replaces them';
    is origin('/a/asked/again/', $_), '-', 'none'
        for 'https://inner.example', 'https://outer.example';
};

subtest 'the API\'s status' => sub {
    is $site->api('/authenticate', { username => 'nobody', password => 'x' })->{status}, 401,
        'its Location\'s, not the server\'s';
};

subtest 'the account' => sub {
    is $site->api('/logout', {}, @own)->{status}, 200, 'logged out';
    my %then = ('/a/' => '401', '/a/asked/' => '200', '/a/asked/again/' => '401', '/ht/' => '401');
    is answer($_, @own), $then{$_}, $_ for sort keys %then;
};
$site->stop;
done_testing;
