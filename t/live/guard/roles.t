# SPDX-License-Identifier: Apache-2.0
# Roles of accounts: the claim, GET /users, Require authsms-role, AUTHSMS_ROLES and PREFIXRoles.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP ();
use Postgres;
use Site;
use Test::More;
use Token;

my $pg = Postgres::available() ? Postgres->new : undef;
my %sections = (
    editor => 'Require authsms-role editor',
    either => 'Require authsms-role "org:team.lead-1" editor',
    noneof => "<RequireAll>\nRequire valid-user\nRequire not authsms-role banned\n</RequireAll>",
    nobody => "<RequireAll>\nRequire valid-user\n<RequireNone>\nRequire authsms-role banned\n"
        . "</RequireNone>\n</RequireAll>",
    any => "<RequireAny>\nRequire authsms-role editor\nRequire user somebody\n</RequireAny>",
    all => "<RequireAll>\nRequire authsms-role editor\nRequire authsms-role staff\n</RequireAll>",
    alias => 'Require editors',
    filed => '',
    cached => "AuthSMSUserCheck 1h\nRequire authsms-role editor",
    offline => "AuthSMSUserCheck off\nRequire authsms-role editor",
);
my $off = "AuthSMSUserCheck off\nAuthSMSPassIdentity X-Who-";

sub site {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        children => 1,
        server => qq(AuthSMSUserCheck always\nHeader always set X-Why "%{AUTHSMS_ERROR}e"\n)
            . 'AuthSMSPassIdentity X-Who-',
        locations => "<AuthzProviderAlias authsms-role editors \"editor staff\">\n"
            . "</AuthzProviderAlias>\n"
            . "<Location \"/cgi/offline.cgi\">\nAuthSMSProtect On\n$off\n</Location>\n"
            . join '',
        map {
                  "<Location \"/$_\">\nAuthType JWT\nAuthName x\nAuthzSendForbiddenOnFailure On\n"
                . "$sections{$_}\n</Location>\n"
        } sort keys %sections
    );
    my $httpd = $site->httpd;
    $httpd->write("htdocs/$_/index.html", "page of $_\n") for keys %sections;
    $httpd->write('htdocs/filed/.htaccess', "Require authsms-role editor\n");
    $httpd->{conf} .= "<Directory \"@{[$httpd->dir]}/htdocs/filed\">\nAllowOverride AuthConfig\n"
        . "</Directory>\n";
    my $env = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv | sort\n";
    $httpd->write('cgi/offline.cgi', $env, 0755);
    $httpd->expect_log(qr/AH01630|AH01631/);
    return $site->start;
}

sub give {
    my ($site, $id, @roles) = @_;
    $site->sql("INSERT INTO authsms_roles (user_id, role) VALUES ('$id', '$_')") for @roles;
}

sub check_roles {
    my ($site) = @_;
    my $c = $site->client;
    my $status = sub {
        my ($path, $token) = @_;
        return $c->get("/$path/", $token ? (Authorization => $token) : ())->{status};
    };
    my $env = sub {
        my ($name, $token, @more) = @_;
        return join ' ',
            $c->get("/cgi/$name.cgi", Authorization => $token, @more)->{body} =~
            /^((?:AUTHSMS|HTTP_X_WHO|AUTHSMS_CLAIM)_ROLES=.*)$/mgi;
    };
    my $users = sub {
        return $c->get('/app_api/users', Authorization => $_[0])->{json}{msg}{roles};
    };
    my $ada = $site->signup;
    my $old = $ada->{token};

    ok !exists Token::claims($old)->{roles}, 'an account without roles: no claim';
    is_deeply $users->($old), [], 'an account without roles: [] in GET /users';
    is $env->('env', $old, 'X-Who-Roles' => 'admin'), '',
        'an account without roles: no variable, and the header of the client is removed';
    is $status->($_, $old), 403, "$_ without roles: 403"
        for qw(editor either any all alias filed cached offline);
    is $status->($_, $old), 200, "$_ without roles: 200" for qw(noneof nobody);
    is $status->($_), 401, "$_ without a token: 401" for sort keys %sections;
    is $status->($_, 'JWT x'), 401, "$_ with an invalid token: 401" for sort keys %sections;
    is $c->get('/editor/', Authorization => $old)->{headers}{'x-why'}[0], 'insufficient_scope',
        'AUTHSMS_ERROR of a missing role';

    give($site, $ada->{id}, qw(editor Zeta org:team.lead-1));
    is_deeply $users->($old), ['Zeta', 'editor', 'org:team.lead-1'],
        'GET /users: sorted, as they are now';
    my $list = 'Zeta,editor,org:team.lead-1';
    is $env->('env', $old, 'X-Who-Roles' => 'admin', 'X_Who_Roles' => 'admin'),
        "AUTHSMS_ROLES=$list HTTP_X_WHO_ROLES=$list", 'variable and header';
    is $status->($_, $old), 200, "$_ with the role: 200"
        for qw(editor either any alias filed noneof nobody);
    is $status->($_, $old), 403, "$_: 403" for qw(all offline);
    is $status->('cached', $old), 403, 'a cached status has the roles of its time';
    my $login = $site->login($ada)->{json};
    my $new = $login->{token};
    is_deeply Token::claims($new)->{roles}, ['Zeta', 'editor', 'org:team.lead-1'],
        'the claim of a new token';
    is $status->('offline', $new), 200, 'AuthSMSUserCheck off: by the claim' for 1, 2;
    is $env->('offline', $new),
        "AUTHSMS_CLAIM_roles=$list AUTHSMS_ROLES=$list HTTP_X_WHO_ROLES=$list",
        'AuthSMSUserCheck off: variable and header by the claim' for 1, 2;
    is $status->('cached', $new), 200, 'a new session is looked up' for 1, 2;

    give($site, $ada->{id}, 'banned');
    is $status->($_, $new), 403, "$_ with the role: 403" for qw(noneof nobody);
    is $c->get('/noneof/', Authorization => $new)->{headers}{'x-why'}[0], 'insufficient_scope',
        'AUTHSMS_ERROR of a negated role';
    $site->sql("DELETE FROM authsms_roles WHERE role <> 'banned'");
    is $status->('editor', $new), 403, 'a role that was taken: 403';
    is $status->('offline', $new), 200, 'AuthSMSUserCheck off: until the token expires';

    my $refreshed = $site->api('/token', { refresh_token => $login->{refresh_token} })->{json};
    is_deeply Token::claims($refreshed->{token})->{roles}, ['banned'],
        'a refreshed token has the roles of now';

    # Claims of other issuers: names only, and an array.
    my $claims = Token::claims($old);
    for (
        [['editor'], 200], [['x', 'editor'], 200], [["edit\x{6f}r"], 200], [[{}, 'editor'], 200],
        ['editor', 403], ['x,editor', 403], [['x,editor'], 403], [['editor '], 403],
        [['Editor'], 403], [["\x{eb}", "a\nb"], 403], [[], 403], [undef, 403],
        [{ editor => 1 }, 403]
    ) {
        my ($roles, $wanted) = @$_;
        my $token = 'JWT ' . Token::make($site->key, { %$claims, roles => $roles });
        is $status->('offline', $token), $wanted,
            "claim @{[JSON::PP->new->allow_nonref->ascii->canonical->encode($roles)]}: $wanted"
            for 1, 2;
    }
    my $token = 'JWT ' . Token::make($site->key, { %$claims, roles => ['a,b', 'c', 7, "\t", 'd'] });
    like $env->('offline', $token), qr/ ?AUTHSMS_ROLES=c,d HTTP_X_WHO_ROLES=c,d\z/,
        'names that are none are skipped';
    is $status->('editor', 'JWT ' . Token::make($site->key, { %$claims, roles => ['editor'] })),
        403, 'with an account check the claim does not count';

    give($site, $ada->{id}, map { sprintf 'r%02d' . 'x' x 61, $_ } 0 .. 30);
    my $full = $site->login($ada)->{json}{token};
    is scalar @{ Token::claims($full)->{roles} }, 32, 'a token with 32 long roles';
    is $status->('nobody', $full), 403, 'it fits into a header field';
    $site->sql("DELETE FROM authsms_users WHERE id = '$ada->{id}'");
    is $site->sql('SELECT count(*) FROM authsms_roles'), 0, 'roles are deleted with the account';
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub {
        my $site = site(driver => $driver, pg => $pg);
        check_roles($site);
        $site->stop;
    };
}

subtest 'configtest' => sub {
    for (
        ['Require authsms-role', qr/at least one role/],
        ['Require authsms-role a,b', qr/'a,b' is no name of a role/],
        ['Require authsms-role "a b"', qr/'a b' is no name of a role/],
        ['Require authsms-role ' . 'x' x 65, qr/is no name of a role/],
    ) {
        my ($line, $what) = @$_;
        my $site = Site->new(locations => "<Location /x>\nAuthType JWT\n$line\n</Location>\n");
        my ($code, $out) = $site->httpd->configtest;
        isnt $code, 0, "$line: rejected";
        like $out, $what, "$line: reason";
    }
};
$pg->stop if $pg;
done_testing;
