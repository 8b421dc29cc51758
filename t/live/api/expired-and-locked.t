# SPDX-License-Identifier: Apache-2.0
# Expired codes, tokens and registrations; a locked account; a welcome text that cannot be sent.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;
use Token;

my $provider = Provider->start;
my $site = Site->new(
    sender => 'AuthSMSSender ' . $provider->twilio,
    server => "AuthSMSLimit * off\nAuthSMSCode ttl=2s resend=0\nAuthSMSPendingTTL 5s\n"
        . "AuthSMSAllowCountries +44 +33"
)->start;
my $c = $site->client;
$site->httpd->expect_log(qr/twilio/);

sub code_of { my ($person) = @_; return $provider->code_for(Site::e164($person)) }

sub is_failure {
    my ($r, $status, $code, $name) = @_;
    is_deeply [$r->{status}, $r->{json}{code}], [$status, $code], $name;
    return $r;
}

sub welcomed {
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    my $code = code_of($person);
    $provider->set_mode('500');
    my $r = $site->api("/user/$id/verify", { code => $code });
    $provider->set_mode('ok');
    is $r->{status}, 200, 'welcome text fails: the account is verified, 200';
    is $r->{json}{msg},
        'You are signed up, but we could not send you a text message. Our bad - try to login.',
        'welcome text fails: msg';
    return { %$person, id => $id, token => $site->login($person)->{json}{token} };
}

my $late = Site::person();
my $id = $site->register($late)->{json}{id};
my $code = code_of($late);
my $person = welcomed();

my $exp = 'JWT ' . Token::make($site->key, { id => $person->{id}, exp => time - 1 });
my $r = is_failure(
    $c->get('/app_api/users', Authorization => $exp), 401, 'expired_token',
    'expired token'
);
is $r->{headers}{'www-authenticate'}[1], 'Bearer realm="authsms.test", error="invalid_token"',
    'expired token: challenge';

$site->sql("UPDATE authsms_users SET locked = 1 WHERE id = '$person->{id}'");
is_failure($site->login($person), 403, 'locked', 'a locked account');
is_failure(
    $site->login({ %$person, password => 'wrong password' }), 401, 'bad_credentials',
    'locked account, wrong password'
);
is_failure(
    $c->get('/app_api/users', Authorization => $person->{token}), 401, 'invalid_token',
    'token of a locked account'
);

sleep 2;    # ttl= of AuthSMSCode
is_failure(
    $site->api("/user/$id/verify", { code => $code }), 410, 'code_expired',
    'expired code'
);
is_failure(
    $site->api("/user/$id/verify", { code => '000000' }), 410, 'code_expired',
    'wrong code after expiry'
);
is $site->api("/user/$id/resend", {})->{status}, 202, 'resend after expiry: 202';
is_failure(
    $site->register({ %$late, password => 'of somebody else' }), 409, 'username_taken',
    'username of a pending account'
);
sleep 4;    # AuthSMSPendingTTL
$r = $site->register({ %$late, password => 'of somebody else' });
is $r->{status}, 201, 'username after AuthSMSPendingTTL: 201';
isnt $r->{json}{id}, $id, 'username after AuthSMSPendingTTL: another account';
is_failure($site->login($late), 401, 'bad_credentials', 'password of the expired account');
is_failure($site->api("/user/$id/resend", {}), 404, 'unknown_user', 'id of the expired account');

my $abroad = { %{ Site::person() }, smsmobile => '+33612345678' };
$id = $site->register($abroad)->{json}{id};
is $site->api("/user/$id/resend", {})->{status}, 202, 'number of an allowed country: 202';
$site->httpd->{conf} =~ s/ \+33$//m;
$site->httpd->write('httpd.conf', $site->httpd->config);
$site->httpd->graceful;
$provider->clear_records;
is_failure(
    $site->api("/user/$id/resend", {}), 502, 'sms_failed',
    'country removed from AuthSMSAllowCountries'
);
is scalar($provider->requests), 0, 'country removed: no request to the provider';

$site->stop;
$provider->stop;
done_testing;
