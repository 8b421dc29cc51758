# SPDX-License-Identifier: Apache-2.0
# GET /.well-known/oauth-authorization-server (RFC 8414). Resource servers that know nothing else of
# this API accept its tokens: mod_auth_openidc and npm's jose.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use JSON::PP;
use Site;
use Test::More;
use Token;

my $libexec = $Httpd::libexec;
my $path = '/app_api/.well-known/oauth-authorization-server';

sub get_metadata {
    my (%o) = @_;
    my $site = Site->new(children => 1, %o)->start;
    my $r = $site->client->get($path);
    $site->stop;
    return $r;
}

my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
system(
    'openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out',
    "$dir/key.pem"
    ) == 0
    or plan skip_all => 'no openssl here';
my $key = "AuthSMSKey ES256 file:$dir/key.pem kid=one";

subtest 'settings' => sub {
    for ('', 'AuthSMSIssuer https://a.example', 'AuthSMSPublicURL https://a.example/app_api') {
        my $r = get_metadata(server => $_);
        is $r->{status}, 404, "'$_': 404";
        is $r->{json}{code}, 'not_found', 'code not_found';
        is $r->{headers}{'cache-control'}[0], 'no-store', 'not cacheable';
    }
    my $r = get_metadata(
        server => "AuthSMSIssuer https://a.example/\nAuthSMSPublicURL https://a.example/app_api/\n"
            . 'AuthSMSRefreshTTL 0');
    is $r->{json}{issuer}, 'https://a.example/', 'the issuer as the tokens have it';
    is $r->{json}{jwks_uri}, 'https://a.example/app_api/.well-known/jwks.json', 'one slash';
    is_deeply $r->{json}{grant_types_supported}, [], 'AuthSMSRefreshTTL 0: no grant';
};

my $site = Site->new(
    key => $key, children => 1,
    # mod_auth_openidc asks this httpd while it serves a request.
    log_level => 'warn auth_openidc:error'
);
my $httpd = $site->httpd;
my $issuer = $httpd->url . '/app_api';
my $has_openidc = -e "$libexec/mod_auth_openidc.so";
$httpd->{conf} .= "AuthSMSIssuer $issuer\nAuthSMSPublicURL $issuer\nAuthSMSSecret file:key\n";
$httpd->{conf} .= <<'END';
RewriteEngine On
RewriteRule "^(/.well-known/oauth-authorization-server)/app_api$" "/app_api$1" [PT]
END
$httpd->{conf} = "LoadModule auth_openidc_module $libexec/mod_auth_openidc.so\n" . <<"END"
OIDCOAuthServerMetadataURL $issuer/.well-known/oauth-authorization-server
OIDCOAuthRemoteUserClaim sub
OIDCCryptoPassphrase 0123456789
$httpd->{conf}
<Location "/cgi/resource">
    AuthSMSProtect Off
    AuthType oauth20
    Require claim iss:$issuer
</Location>
END
    if $has_openidc;
$httpd->write(
    'cgi/resource',
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' \"\$REMOTE_USER\"\n", 0755
);
$site->start;
my $c = $site->client;
my $ada = $site->signup;
my $raw = $ada->{token} =~ s/^JWT //r;
my $metadata = $c->get($path);

subtest 'the document' => sub {
    is $metadata->{status}, 200, 'status 200';
    is $metadata->{headers}{'content-type'}[0], 'application/json', 'its media type';
    is $metadata->{headers}{'cache-control'}[0], 'public, max-age=300', 'cacheable, as the keys';
    is_deeply $metadata->{json},
        {
        issuer => $issuer, jwks_uri => "$issuer/.well-known/jwks.json",
        token_endpoint => "$issuer/token", token_endpoint_auth_methods_supported => ['none'],
        grant_types_supported => ['refresh_token'], response_types_supported => [],
        revocation_endpoint => "$issuer/revoke",
        revocation_endpoint_auth_methods_supported => ['none']
        },
        'its members';
    is $c->get($path, Host => 'evil.example')->{body}, $metadata->{body},
        'the Host of the client changes nothing';
    is $c->get('/.well-known/oauth-authorization-server/app_api')->{body}, $metadata->{body},
        'the path of RFC 8414, by the RewriteRule of docs/api.md';
};

# Without the module's own words, as an OAuth 2.0 client.
subtest 'its endpoints' => sub {
    my ($token, $revoke) =
        map { m{^http://[^/]+(/.*)} }
        @{ $metadata->{json} }{qw(token_endpoint revocation_endpoint)};
    my $refresh = $site->login($ada)->{json}{refresh_token};
    my $r = $c->form_post($token, { grant_type => 'refresh_token', refresh_token => $refresh });
    is $r->{status}, 200, 'token_endpoint';
    ok $r->{json}{access_token}, 'an access token' or diag $r->{raw};
    is $c->form_post($revoke, { token => $r->{json}{refresh_token} })->{status}, 200,
        'revocation_endpoint';
    is $c->get('/private/', Authorization => "Bearer $r->{json}{access_token}")->{status}, 401,
        'the token is not valid any more';
};

my $other = Token::claims($raw);
my ($head, $body, $signature) = split /\./, $raw;
my $forged = join '.', $head, Token::encode(encode_json({ %$other, sub => 'mallory' })), $signature;

subtest 'mod_auth_openidc' => sub {
    plan skip_all => 'no mod_auth_openidc here (libapache2-mod-auth-openidc)' unless $has_openidc;
    my $r = $c->get('/cgi/resource', Authorization => "Bearer $raw");
    is $r->{status}, 200, 'accepts a token of the module' or diag $httpd->error_log;
    is $r->{body}, "$ada->{id}\n", 'and its subject';
    is $c->get('/cgi/resource', Authorization => "Bearer $forged")->{status}, 401,
        'refuses a forged one';
    is $c->get('/cgi/resource')->{status}, 401, 'and none';
};

subtest 'jose' => sub {
    plan skip_all => 'no node, or jose is not installed (./dev deps)'
        unless -d 't/npm/node_modules/jose' && `node --version 2>/dev/null`;
    my $ask = sub {
        open my $node, '-|', 'node', 't/npm/metadata.mjs', $httpd->url . $path, $_[0] or die;
        local $/;
        return decode_json(<$node>);
    };
    is_deeply $ask->($raw), $other, 'accepts a token of the module';
    like $ask->($forged)->{error}, qr/SIGNATURE/, 'refuses a forged one';
};

# The newer ones complain about an endpoint that RFC 8414 leaves to the server, and go on.
$httpd->expect_log(
    qr/auth_openidc:error\].* signature/,
    qr/auth_openidc:error\].*_introspection_endpoint_auth_set error: invalid value '\(null\)'/
);
$site->stop;
done_testing;
