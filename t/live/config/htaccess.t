# SPDX-License-Identifier: Apache-2.0
# Each directive in .htaccess is accepted or rejected as documented. Per-directory directives are
# inherited from the server by its sections, and overridden there.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;
use Token;

# The directive table has the contexts of each directive.
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
my @pages = qw(/a/ /a/asked/ /a/asked/again/ /a/open/ /held/ /ht/ /ht/open/ /ht/login/ /ht/strict/
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

subtest 'each directive in .htaccess' => sub {
    cmp_ok scalar(keys %where), '>', 30, 'the directive table was read';
    for my $name (sort keys %where) {
        my $r = $c->get("/each/$name/index.html");
        if ($where{$name} eq 'IN_HTACCESS') {
            isnt $r->{status}, 500, "$name: accepted";
        }
        else {
            is $r->{status}, 500, "$name: status 500";
            like $httpd->error_log, qr{/each/$name/\.htaccess: $name not allowed here},
                "$name: the log has the reason";
        }
    }
    is_deeply [sort grep { $where{$_} eq 'IN_HTACCESS' } keys %where], [sort keys %good],
        'no other directive is allowed in .htaccess';
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
    is answer('/plain/'), '200', 'no protection: status 200';
    is answer($_), $_ =~ /open/ ? '200' : '401', "$_ without a token: " . (/open/ ? 200 : 401)
        for '/a/asked/', '/a/open/', '/ht/open/', '/ht/strict/';
    is answer($_), '401', "$_: AuthSMSProtect Off in .htaccess does not apply"
        for '/held/', '/strict/';
    is answer($_, @own), '500', "$_: AuthSMSProtect is not allowed by AllowOverride, status 500"
        for '/limits/';
    is answer($_, @own), '200', "$_ with a token: 200" for grep { $_ ne '/limits/' } @pages;
};

subtest 'AuthSMSUnauthorized for browsers' => sub {
    my %to = (
        '/a/' => '302 /outer.html', '/a/asked/' => '401', '/a/asked/again/' => '302 /again.html',
        '/a/open/' => '200', '/ht/' => '302 /outer.html', '/ht/login/' => '302 /ht.html',
        '/ht/strict/' => '401'
    );
    is answer($_, @browser), $to{$_}, "$_: $to{$_}" for sort keys %to;
};

subtest 'AuthSMSPassIdentity' => sub {
    my %seen = (
        '/a/' => 'id - -', '/a/asked/' => '- id -', '/a/asked/again/' => '- - -',
        '/ht/' => '- - id', '/ht/login/' => '- - id', '/ht/strict/' => '- - -'
    );
    is ids($_), $seen{$_}, "$_: headers $seen{$_}" for sort keys %seen;
};

subtest 'AuthSMSAllowOrigin' => sub {
    is origin('/a/', 'https://outer.example'), 'https://outer.example', 'inherited from the server';
    is origin('/a/', 'https://inner.example'), '-', 'another origin is not allowed';
    is origin('/a/asked/', 'https://inner.example'), 'https://inner.example',
        'origin of the Location';
    is origin('/a/asked/', 'https://outer.example'), '-', 'it replaces the origins of the server';
    is origin('/a/asked/again/', $_), '-', "AuthSMSAllowOrigin none: $_ is not allowed"
        for 'https://inner.example', 'https://outer.example';
};

subtest 'AuthSMSStatus' => sub {
    is $site->api('/authenticate', { username => 'nobody', password => 'x' })->{status}, 401,
        'the value of the Location overrides that of the server';
};

subtest 'AuthSMSUserCheck after a logout' => sub {
    is $site->api('/logout', {}, @own)->{status}, 200, 'logout: status 200';
    my %then = ('/a/' => '401', '/a/asked/' => '200', '/a/asked/again/' => '401', '/ht/' => '401');
    is answer($_, @own), $then{$_}, "$_: status $then{$_}" for sort keys %then;
};
$site->stop;
done_testing;
