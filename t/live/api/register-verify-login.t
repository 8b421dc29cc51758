# SPDX-License-Identifier: Apache-2.0
# The flow of the original client: register, receive a code, verify, log in, read the account, open
# a protected page. On both databases and under all three MPMs.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;

my $uuid = qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
my $date = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

sub origin_flow {
    my ($site) = @_;
    my $c = $site->client;
    my $person = Site::person();
    my $form = { %$person, sms_id => '', code => '' };    # what the tutorial's client sends

    my $r = $site->api('/user', $form);
    is $r->{status}, 201, 'registered';
    is_deeply $r->{headers}{'content-type'}, ['application/json; charset=utf-8'], 'JSON';
    is_deeply $r->{headers}{'cache-control'}, ['no-store'], 'not stored';
    is_deeply $r->{headers}{'x-content-type-options'}, ['nosniff'], 'not sniffed';
    ok $r->{json}{success}, 'success';
    my $id = $r->{json}{msg}{msg};
    like $id, $uuid, 'msg.msg is the id';
    is $r->{json}{id}, $id, 'and id too';

    $r = $site->login($person);
    is $r->{status}, 403, 'not before the code';
    is $r->{json}{code}, 'not_verified', 'not_verified';
    is $r->{json}{id}, $id, 'with the id';

    $r = $site->api("/user/$id/verify", { %$form, sms_id => $id, code => '000000' });
    is $r->{status}, 422, 'a wrong code';
    is $r->{json}{msg}, 'The token you entered was invalid - please retry.', 'its words';

    my $code = $site->code_of(Site::e164($person));
    like $code, qr/^\d{6}$/, 'a code came';
    $r = $site->api("/user/$id/verify", { %$form, sms_id => $id, code => $code });
    is $r->{status}, 200, 'verified';
    is $r->{json}{msg}, 'You did it! Your signup is complete and you can now use the App :)',
        'its words';
    ok $site->httpd->wait_log(qr/SMS to \Q${\Site::e164($person)}\E: .*signed up/),
        'the welcome text';
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'already_verified',
        'a code is good once';

    $r = $site->api(
        '/authenticate',
        { username => $person->{username}, password => 'wrong password' }
    );
    is $r->{status}, 401, 'a wrong password';
    my $unknown =
        $site->api('/authenticate', { username => 'nobody at all', password => 'wrong password' });
    is $unknown->{body}, $r->{body}, 'answers as an unknown user does';
    is $r->{json}{msg}, 'Authentication failed.', 'its words';

    $r = $site->login($person);
    is $r->{status}, 200, 'logged in';
    is $r->{json}{msg}, '', 'msg is empty';
    is $r->{json}{expires_in}, 3600, 'for an hour';
    my $token = $r->{json}{token};
    like $token, qr/^JWT [\w-]+\.[\w-]+\.[\w-]+$/, 'a token with its scheme';

    $r = $c->get('/app_api/users', Authorization => $token);
    is $r->{status}, 200, 'the account';
    my $account = $r->{json}{msg};
    is $account->{id}, $id, 'its id';
    is $account->{username}, $person->{username}, 'its name';
    is $account->{smsmobile}, $person->{smsmobile}, 'its number as it was given';
    is $account->{countryCode}, '+44', 'its country';
    ok $account->{verified}, 'verified';
    like $account->{$_}, $date, "$_ is a date" for qw(createdAt updatedAt lastLogin);

    $r = $c->get('/private/', Authorization => $token);
    is $r->{body}, "protected page\n", 'the protected page';
    $r = $c->get('/private/');
    is $r->{status}, 401, 'not without a token';
    unlike $r->{body}, qr/protected page/, 'no byte of it';
    is_deeply $r->{headers}{'www-authenticate'}, ['JWT realm="private"', 'Bearer realm="private"'],
        'two challenges';

    $r = $c->get('/cgi/env.cgi', Authorization => $token);
    like $r->{body}, qr/^REMOTE_USER=\Q$person->{username}\E$/m, 'REMOTE_USER';
    like $r->{body}, qr/^AUTH_TYPE=JWT$/m, 'AUTH_TYPE';
    like $r->{body}, qr/^AUTHSMS_ID=$id$/m, 'AUTHSMS_ID';
    like $r->{body}, qr/^AUTHSMS_CLAIM_id=$id$/m, 'a claim';
}

sub without_validation {
    my (%o) = @_;
    my $site = Site->new(%o, sender => '', server => 'AuthSMSValidation Off')->start;
    my $person = Site::person();
    my $r = $site->register($person);
    is $r->{status}, 201, 'registered at once';
    is $r->{json}{msg}{msg}, 'Account created (SMS validation false)', 'its words';
    is $site->register($person)->{status}, 409, 'a name is taken';
    is $site->login($person)->{status}, 200, 'logged in';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    for my $mpm (qw(event worker prefork)) {
        subtest "$driver, $mpm" => sub {
            my $site = Site->new(driver => $driver, mpm => $mpm, pg => $pg)->start;
            origin_flow($site);
            $site->stop;
        };
    }
    subtest "$driver, validation off" => sub { without_validation(driver => $driver, pg => $pg) };
}
diag 'no PostgreSQL here: only SQLite was tried' unless $pg;
$pg->stop if $pg;

done_testing;
