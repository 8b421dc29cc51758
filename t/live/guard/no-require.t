# SPDX-License-Identifier: Apache-2.0
# AuthType JWT without a Require below an outer `Require all granted`, as Debian has it: access is
# denied, whatever else is configured. An inherited Require that needs a user still works.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my ($refused, $guarded, $open) = ('500 500', '401 200', '200 200');
# [name, section of /name, statuses without and with a token]
my @places = (
    [bare => 'AuthType JWT', $refused],
    [expr => 'AuthType "%{reqenv:NO}JWT"', $refused],
    [granted => "AuthType JWT\nRequire all granted", $open],
    [guarded => "AuthType JWT\nRequire valid-user", $guarded],
    [protect => "AuthType JWT\nAuthSMSProtect On", $guarded],
    [satisfy => "AuthType JWT\nOrder allow,deny\nAllow from all\nSatisfy Any", $refused],
    [limit => "AuthType JWT\n<Limit GET>\nRequire valid-user\n</Limit>", $guarded],
    [post => "AuthType JWT\n<Limit POST>\nRequire valid-user\n</Limit>", $refused],
    [
        except => "AuthType JWT\n<LimitExcept GET>\nRequire valid-user\n</LimitExcept>\n"
            . "<Limit GET>\nRequire all granted\n</Limit>",
        $open
    ],
    [merged => "AuthType JWT\nAuthMerging And", $refused],
    [and => "AuthType JWT\nAuthMerging And\nRequire valid-user", $guarded],
    [
        container => "AuthType JWT\n<RequireAny>\n<RequireAll>\nRequire valid-user\n"
            . "Require not ip 192.0.2.1\n</RequireAll>\n</RequireAny>",
        $guarded
    ],
    [if => "<If \"true\">\nAuthType JWT\n</If>", $refused],
    [ifrequire => "AuthType JWT\n<If \"true\">\nRequire valid-user\n</If>", $guarded],
    [iftype => "Require valid-user\n<If \"true\">\nAuthType JWT\n</If>", $guarded],
    [none => 'AuthType None', $open],
);
# What only another section or a file adds.
my $more = <<'END';
<Location "/bare/inner">
    Require valid-user
</Location>
<Location "/protected">
    AuthType JWT
</Location>
<Location "/protected">
    AuthSMSProtect On
</Location>
<Location "/protected/inner">
    AuthType JWT
    <If "true">
        AuthType JWT
    </If>
</Location>
<LocationMatch "^/protected/[m]atch">
    AuthType JWT
    AuthSMSProtect On
</LocationMatch>
<Location "/protected/match/inner">
    AuthType JWT
</Location>
<Location "/protected/off">
    AuthType JWT
    AuthSMSProtect Off
</Location>
<VirtualHost 192.0.2.9:80>
    AuthSMSProtect On
    <Location "/of-a-host">
        AuthType JWT
    </Location>
    <Location "/of-a-host/off">
        AuthSMSProtect Off
    </Location>
    <Location "/of-a-host/off/inner">
        AuthType JWT
    </Location>
    <Directory "/">
        AuthType JWT
        <Files "x">
            AuthType JWT
        </Files>
    </Directory>
</VirtualHost>
<Location "/outer">
    AuthType JWT
    Require valid-user
</Location>
<Location "/outer/again">
    AuthType JWT
</Location>
<Location "/outer/again/off">
    AuthType JWT
    AuthMerging Off
</Location>
# httpd takes a section with AuthzSendForbiddenOnFailure as one without AuthMerging: for it the
# Require of the Directory applies again, which AuthMerging Off had removed.
<Location "/outer/again/off/flag">
    AuthzSendForbiddenOnFailure On
</Location>
<Location "/outer/again/off/flag/inner">
    Require valid-user
</Location>
<Location "/user-directory/off">
    AuthType JWT
    AuthMerging Off
</Location>
<Location "/user-directory/off/flag">
    AuthzSendForbiddenOnFailure On
</Location>
<Location "/no-auth-type/off">
    AuthMerging Off
</Location>
<Location "/no-auth-type/off/flag">
    AuthzSendForbiddenOnFailure On
</Location>
<Location "/outer/open">
    Require all granted
</Location>
<Location "/outer/open/again">
    AuthType JWT
</Location>
<Location "/denied">
    Require all denied
</Location>
<Location "/denied/again">
    AuthType JWT
</Location>
<Location "/host">
    AuthType JWT
    <RequireAll>
        Require valid-user
        Require not ip 192.0.2.1
        Require not host example.invalid
        Require not env NOBODY
        Require expr true
    </RequireAll>
</Location>
END
my %files = (
    'ht' => 'AuthType JWT', 'ht/require' => 'Require valid-user',
    'ht/granted' => 'Require all granted', 'ht/granted/again' => 'AuthType JWT',
    'ht/files' => "<Files index.html>\nAuthType JWT\n</Files>\nRequire all granted",
    'ht/both' => "AuthType JWT\nRequire valid-user",
);
my @rest = (
    ['/bare/inner/', $guarded], ['/protected/', $guarded], ['/protected/inner/', $guarded],
    ['/protected/match/inner/', $guarded], ['/protected/off/', $refused], ['/outer/', $guarded],
    ['/outer/again/', $guarded], ['/outer/again/off/', $refused], ['/outer/open/', $open],
    ['/outer/open/again/', $refused],
    ['/outer/again/off/flag/', $refused], ['/outer/again/off/flag/inner/', $guarded],
    ['/user-directory/', $guarded], ['/user-directory/off/', $refused],
    ['/user-directory/off/flag/', $refused],
    ['/no-auth-type/off/', $open], ['/no-auth-type/off/flag/', '403 403'],
    ['/denied/again/', '403 403'], ['/host/', $guarded], ['/other/', $open],
    ['/private/', $guarded], ['/ht/', $refused], ['/ht/require/', $guarded],
    ['/ht/granted/', $open], ['/ht/granted/again/', $refused],
    ['/ht/both/', $guarded], ['/ht/files/index.html', $refused],
);
my $site = Site->new(server => 'AuthSMSValidation Off', sender => '', children => 1);
my $httpd = $site->httpd;
$httpd->{conf} .=
      "<Directory \"@{[$httpd->dir]}/htdocs\">\nAllowOverride All\nRequire all granted\n"
    . "</Directory>\n"
    . "<Directory \"@{[$httpd->dir]}/htdocs/user-directory\">\nAuthType JWT\nAuthName x\n"
    . "Require valid-user\n</Directory>\n"
    . "<Directory \"@{[$httpd->dir]}/htdocs/no-auth-type\">\nRequire all denied\n</Directory>\n"
    . join('', map { "<Location \"/$_->[0]\">\n$_->[1]\n</Location>\n" } @places)
    . $more;
$httpd->write("htdocs/$_/index.html", "page\n")
    for 'other', (map { $_->[0] } @places), map { $_->[0] =~ s{^/|/(?:index\.html)?$}{}gr } @rest;
$httpd->write("htdocs/$_/.htaccess", "$files{$_}\n") for keys %files;

my ($code, $said) = $httpd->configtest;
is $code, 0, 'configtest passes';
my @lines = split /\n/, $httpd->config;
my %warned =
    map { $_ => 1 } $said =~ /AuthType JWT without a Require.* in its section \(line (\d+) of /g;
my ($section, %bare) = ('');
for my $i (0 .. $#lines) {
    $section = $1 if $lines[$i] =~ m{^\s*<Location(?:Match)? "(.*)">};
    $bare{$section} = 1 if $lines[$i] =~ /AuthType JWT/ && $warned{ $i + 1 };
}
is_deeply [sort keys %bare],
    [
    sort map { "/$_" }
        qw(bare satisfy limit post merged if ifrequire iftype protected/off of-a-host/off/inner
        outer/again outer/again/off outer/open/again denied/again
        user-directory/off)
    ],
    'and warns of each such section'
    or diag $said;
is scalar(keys %warned), scalar(keys %bare), 'and of no other';
like $said, qr/without a Require for every method in its section/,
    'also of one that leaves methods out';

$site->start;
my $person = $site->signup;
for (map({ ["/$_->[0]/", $_->[2]] } @places), @rest) {
    my ($path, $answers) = @$_;
    my @got =
        ($site->client->get($path), $site->client->get($path, Authorization => $person->{token}));
    is "$got[0]{status} $got[1]{status}", $answers, $path;
}
is $site->client->request('POST', $_, [])->{status}, 401, "POST $_" for '/post/', '/except/';
is $site->client->request('PUT', '/limit/', [])->{status}, 500, 'a method that Limit leaves out';
my $lines = sub { scalar(() = $httpd->error_log =~ /AuthType JWT without a Require for GET/g) };
my $before = $lines->();
$site->client->get($_) for '/bare/', '/satisfy/';
is $lines->() - $before, 2, 'one line for each request';
$httpd->expect_log(qr/AuthType JWT without a Require|AH01630: client denied/);
$site->stop;

# Without the module that acts on it, the directive stays an error.
for (['authz_core', 'Require'], ['authn_core', 'AuthType']) {
    my ($without, $directive) = @$_;
    my $bad =
        Site->new(without => [$without, $without eq 'authz_core' ? qw(authz_user authz_host) : ()]);
    ($code, $said) = $bad->httpd->configtest;
    isnt $code, 0, "without mod_$without configtest fails";
    like $said,
        qr{$directive[ ]needs[ ]mod_$without:
            [ ]add[ ]LoadModule[ ]${without}_module[ ]modules/mod_$without\.so}x,
        'and says what to load';
}
done_testing;
