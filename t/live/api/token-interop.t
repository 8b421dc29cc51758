# SPDX-License-Identifier: Apache-2.0
# npm's jsonwebtoken, jose and jwt-simple accept tokens of this module; it accepts theirs, and
# tokens of the original system.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Site;
use Test::More;
use Token;

plan skip_all => 'no node, or its JWT libraries are not installed (./dev deps)'
    unless -d 't/npm/node_modules/jose' && `node --version 2>/dev/null`;

sub ask_node {
    my ($site, $person) = @_;
    my ($token) = $person->{token} =~ /^JWT (.*)/;
    my $claims = decode_json(decode_part((split /\./, $token)[1]));
    my @words = (
        'node', 't/npm/tokens.mjs', $site->httpd->dir . '/key', $token, $person->{id},
        $claims->{sid}
    );
    open my $node, '-|', @words or die;
    local $/;
    return ($claims, decode_json(<$node>));
}

sub decode_part {
    my ($t) = @_;
    require MIME::Base64;
    return MIME::Base64::decode_base64($t =~ tr{-_}{+/}r);
}

sub status {
    my ($site, $token) = @_;
    return $site->client->get('/private/', Authorization => "JWT $token")->{status};
}

my $site = Site->new->start;
my $person = $site->signup;
my ($claims, $said) = ask_node($site, $person);
is_deeply $said->{verified}{$_}, $claims, "$_ accepts a token of the module"
    for qw(jsonwebtoken jose jwt-simple);
is_deeply $claims->{amr}, ['pwd'], 'amr: the login was made by password';
is $claims->{auth_time}, $claims->{iat}, 'auth_time: the time of the login';
isnt $claims->{jti}, Token::claims($site->login($person)->{json}{token})->{jti},
    'jti: another one in each token';
is status($site, $said->{made}{$_}), 200, "a token of $_ is accepted" for qw(jsonwebtoken jose);
is status($site, $said->{original}), 401, 'a token of the original system without exp is rejected';
$site->stop;

$site = Site->new(server => "AuthSMSRequireClaims none\nAuthSMSTokenTTL 0")->start;
$person = $site->signup;
($claims, $said) = ask_node($site, $person);
ok !exists $claims->{exp}, 'AuthSMSTokenTTL 0: no exp';
is status($site, $said->{original}), 200,
    'AuthSMSRequireClaims none: the token of the original system is accepted';
$site->stop;
done_testing;
