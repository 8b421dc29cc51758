# SPDX-License-Identifier: Apache-2.0
# Each algorithm end to end: the site signs, its guard accepts, the published key set verifies
# elsewhere; and key rotation.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Site;
use Test::More;
use Token;

my %make = (
    HS384 => 'openssl rand -hex 48 | sed s/^/hex:/',
    HS512 => 'openssl rand -hex 64 | sed s/^/hex:/',
    (
        map { $_ => 'openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null' }
            qw(RS256 RS384 RS512 PS256 PS384 PS512)
    ),
    ES256 => 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
    ES384 => 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384',
    ES512 => 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521',
    EdDSA => 'openssl genpkey -algorithm ED25519',
);
my $node = -d 't/npm/node_modules/jose' && `node --version 2>/dev/null`;
my %set = (sender => '', children => 1);

for my $alg (sort keys %make) {
    my $site =
        Site->new(%set, key => "AuthSMSKey $alg file:own", server => 'AuthSMSValidation Off');
    $site->httpd->write('own', scalar `$make{$alg}`, 0600);
    $site->start;
    my $person = $site->signup;
    my ($token) = $person->{token} =~ /^JWT (.*)/;
    my $header = decode_json(Token::decode((split /\./, $token)[0]));
    is $header->{alg}, $alg, "$alg: alg of the token";
    is $site->client->get('/private/', Authorization => "JWT $token")->{status}, 200,
        "$alg: the guard accepts the token";
    my $r = $site->client->get('/app_api/.well-known/jwks.json');
    is_deeply $r->{headers}{'content-type'}, ['application/jwk-set+json'],
        "$alg: type of the key set";
    is_deeply $r->{headers}{'cache-control'}, ['public, max-age=300'],
        "$alg: the key set is cacheable for five minutes";
    my @keys = @{ $r->{json}{keys} };
    is scalar @keys, $alg =~ /^HS/ ? 0 : 1, "$alg: number of public keys";
    is_deeply [grep { exists $keys[0]{$_} } qw(d p q dp dq qi k oth)], [],
        "$alg: no private key member"
        if @keys;
    SKIP: {
        skip 'nothing to verify', 1 unless @keys;
        skip 'no jose here', 1 unless $node;
        open my $in, '-|', 'node', 't/npm/jwks.mjs', $r->{body}, $token or die;
        is decode_json(<$in> // '{}')->{id}, $person->{id},
            "$alg: the key set verifies the token in node";
    }
    $site->stop;
}

subtest 'rotation' => sub {
    my $site =
        Site->new(%set, key => "AuthSMSKey ES256 file:old", server => 'AuthSMSValidation Off');
    $site->httpd->write($_, scalar `$make{ES256}`, 0600) for qw(old new);
    $site->start;
    my $old = $site->signup;
    my $status = sub { $site->client->get('/private/', Authorization => $_[0]{token})->{status} };
    my $conf = $site->httpd->{conf};
    my $with = sub {
        $site->httpd->{conf} = $conf =~ s/^AuthSMSKey.*/$_[0]/mr;
        $site->httpd->write('httpd.conf', $site->httpd->config);
        $site->httpd->graceful;
    };
    $with->("AuthSMSKey ES256 file:new\nAuthSMSKey ES256 file:old verify-only");
    is $status->($old), 200, 'token of the old key: 200';
    my $new = $site->signup;
    is $status->($new), 200, 'token of the new key: 200';
    isnt + (split /\./, $new->{token})[0], (split /\./, $old->{token})[0],
        'the new key has another kid';
    is scalar @{ $site->client->get('/app_api/.well-known/jwks.json')->{json}{keys} }, 2,
        'both keys are published';
    $with->('AuthSMSKey ES256 file:new');
    is $status->($new), 200, 'old key removed: token of the new key: 200';
    is $status->($old), 401, 'old key removed: token of the old key: 401';
    $site->stop;
};
done_testing;
