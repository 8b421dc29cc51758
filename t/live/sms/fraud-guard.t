# SPDX-License-Identifier: Apache-2.0
# AuthSMSFraudGuard: codes that nobody enters, per calling code and per client network.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Postgres;
use Site;
use Test::More;

my $n = 0;

# A new person with a number of Britain or Belgium.
sub person {
    my ($country) = @_;
    my $number = sprintf $country eq '+44' ? '+4477009%05d' : '+3247%07d', ++$n;
    return { username => "person$n", password => 'correct horse battery', smsmobile => $number };
}

sub guard {
    my (%o) = @_;
    my $mode = delete $o{mode};
    my $site = Site->new(
        %o, log_level => 'warn authsms:info',
        server => "AuthSMSFraudGuard $mode ratio=0.5 min=4\nAuthSMSLimit * off\n"
            . "AuthSMSCode resend=0\n"
    )->start;
    my $sum = sub {
        my ($key) = @_;
        return $site->sql("SELECT sum(sent) || ' ' || sum(entered) FROM authsms_conversions "
                . "WHERE name || key = '$key'");
    };
    my $age = sub {
        my ($seconds) = @_;
        $site->sql("UPDATE authsms_conversions SET starts_at = starts_at - ${seconds}000000");
    };
    my $enter = sub {
        my ($person, $id) = @_;
        return $site->api("/user/$id/verify", { code => $site->code_of($person->{smsmobile}) })
            ->{status};
    };

    my @people = map { person('+44') } 1 .. 5;
    my @ids = map { $site->register($_)->{json}{id} } @people;
    is scalar(grep { defined } @ids), 5, 'open codes raise no suspicion';
    is $enter->($people[0], $ids[0]), 200, 'one of them is entered';
    is $sum->('country+44'), '5 1', 'codes sent and entered are counted by calling code';
    is $site->sql("SELECT count(*) FROM authsms_conversions WHERE name = 'network' AND sent = 5"),
        1, 'and by network';
    unlike $site->sql('SELECT key FROM authsms_conversions'), qr/127\.0\.0|7700/,
        'without address and number';

    $age->(3600);
    my $other = Client->new($site->httpd->port, from => '127.0.0.7');
    my $denied = $mode eq 'deny';
    my $next = person('+44');
    my $r = $other->json_post('/app_api/user', $next);
    is $r->{status}, $denied ? 429 : 201, 'another code to the calling code';
    like $site->httpd->error_log,
        qr/AuthSMSFraudGuard: only 1 of 5 codes to \+44 within a day were entered \(ratio=0\.500\)/,
        'is logged';
    if ($denied) {
        is $r->{json}{code}, 'rate_limited', 'code rate_limited';
        my $wait = $r->{headers}{'retry-after'}[0];
        cmp_ok $wait, '>', 21 * 3600, 'Retry-After: until the codes are a day old';
        cmp_ok $wait, '<=', 23 * 3600, 'and no longer';
        is $site->sql("SELECT count(*) FROM authsms_users WHERE username = '$next->{username}'"),
            0, 'no account is created';
        is $site->api("/user/$ids[1]/resend", {})->{status}, 429, 'resend is denied too';
    }
    $r = $other->json_post('/app_api/user', person('+32'));
    is $r->{status}, 201, 'a code to another calling code, from another network';
    $r = $site->api('/user', person('+32'));
    is $r->{status}, $denied ? 429 : 201, 'a code from the network';
    like $site->httpd->error_log, qr/codes from the client's network within a day were entered/,
        'is logged';

    # Enough codes are entered late.
    is $enter->($people[$_], $ids[$_]), 200, 'an older code is still accepted' for 1, 2;
    is $sum->('country+44'), $denied ? '5 3' : '6 3', 'it counts for the time of its sending'
        if $denied;
    $site->sql("UPDATE authsms_conversions SET entered = 3 WHERE name || key = 'country+44'");
    is $other->json_post('/app_api/user', person('+44'))->{status}, 201,
        'no suspicion once enough codes are entered';
    $site->sql('UPDATE authsms_conversions SET entered = 0');
    $age->(86400);
    is $site->api('/user', person('+44'))->{status}, 201, 'no suspicion a day later';
    $site->httpd->expect_log(qr/AuthSMSFraudGuard: only/);
    $site->stop;
    return;
}

for my $mode (qw(record deny)) {
    subtest "$mode, SQLite" => sub { guard(mode => $mode) };
    subtest "$mode, PostgreSQL" => sub {
        plan skip_all => 'no PostgreSQL' unless Postgres::available();
        guard(mode => $mode, driver => 'pgsql');
    };
}

subtest 'the code of a new number' => sub {
    my $site = Site->new(server => "AuthSMSFraudGuard record\nAuthSMSLimit * off")->start;
    my $person = $site->signup;
    my $sum = sub {
        return $site->sql(
            "SELECT sent || ' ' || entered FROM authsms_conversions " . "WHERE key = '+32'");
    };
    my $change = sub {
        my ($method, $path, $body) = @_;
        my @h = ('Content-Type' => 'application/json', Authorization => $person->{token});
        return $site->client->request($method, "/app_api/users$path", \@h, $body)->{status};
    };
    is $change->('PATCH', '', '{"smsmobile":"+32470000001"}'), 202, 'a change begins';
    is $sum->(), '1 0', 'its code is counted as sent';
    my $code = $site->httpd->wait_log(sub { $_[0] =~ /SMS to \+32470000001: \D*(\d{6})\b/ && $1 },
        'a code for the new number');
    is $change->('POST', '/verify', qq({"code":"$code"})), 200, 'the code is entered';
    is $sum->(), '1 1', 'and counted as entered';
    $site->stop;
};

subtest 'Off' => sub {
    my $site = Site->new->start;
    $site->signup;
    is $site->sql('SELECT count(*) FROM authsms_conversions'), 0, 'nothing is counted';
    is $site->sql('SELECT count(network) FROM authsms_codes'), 0, 'no network is stored';
    $site->stop;
};
done_testing;
