# SPDX-License-Identifier: Apache-2.0
# AuthSMSDelivery queued: a text is committed with the account, sent in the background, retried, and
# never sent twice.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $pg = Postgres::available() ? Postgres->new : undef;
my $provider = Provider->start;

sub site {
    my (%o) = @_;
    my $more = delete $o{server} // '';
    my $site = Site->new(
        %o, pg => $o{driver} eq 'pgsql' ? $pg : undef,
        sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSDelivery queued\nAuthSMSTimeout 1s 2s\nAuthSMSLimit * off\n"
            . "AuthSMSCode resend=0\n$more"
    )->start;
    $provider->set_mode('ok')->clear_records;
    return $site;
}

sub text_to {
    my ($n) = @_;
    return scalar grep { $_->{to} eq $n && $_->{body} =~ /code/ } $provider->texts;
}

sub state {
    my ($site, $id) = @_;
    return $site->sql(
              "SELECT state || ' ' || coalesce(error, '-') FROM authsms_outbox WHERE user_id = "
            . "'$id' AND kind = 'code' ORDER BY id DESC LIMIT 1");
}

sub wait_state {
    my ($site, $id, $wanted) = @_;
    my $end = time + 8;
    sleep 0.05 until state($site, $id) =~ $wanted || time > $end;
    return state($site, $id);
}

sub code {
    my ($n) = @_;
    return $provider->wait_for(sub { $_[0]->code_for($n) });
}

sub queued {
    my ($driver) = @_;
    my $site = site(driver => $driver);
    my $person = Site::person();
    my $number = Site::e164($person);

    $provider->set_mode('slow', seconds => 1.5);
    my $r = $site->register($person);
    my $end = time;
    is $r->{status}, 201, 'registration: 201';
    my $request = $provider->wait_for(sub { ($_[0]->requests)[0] });
    cmp_ok $end, '<', $request->{time} + 1.5, 'registration does not wait for the provider';
    my $id = $r->{json}{id};
    like $site->sql("SELECT body FROM authsms_outbox WHERE user_id = '$id'"), qr/^[\w-]{60,}$/,
        'the text is encrypted in the database';
    my $code = code($number);
    ok $code, 'the text is sent';
    is $site->api("/user/$id/verify", { code => $code })->{json}{msg},
        'You did it! Your signup is complete and you can now use the App :)',
        'its code is accepted';
    is wait_state($site, $id, qr/^3/), '3 -', 'the row says: sent';
    is $site->sql("SELECT count(*) FROM authsms_outbox WHERE body IS NOT NULL AND kind = 'code'"),
        0, 'the row has no text any more';
    ok $provider->wait_for(sub {
        grep { $_->{to} eq $number && $_->{body} =~ /Welcome/ } $_[0]->texts;
        }),
        'the welcome text follows';

    $person = Site::person();
    $provider->set_mode('503', times => 2);
    $id = $site->register($person)->{json}{id};
    ok code(Site::e164($person)), 'the text is retried after a temporary fault';
    is text_to(Site::e164($person)), 1, 'the text is sent once';

    $person = Site::person();
    $provider->set_mode('hang', accept => 1);
    $id = $site->register($person)->{json}{id};
    is wait_state($site, $id, qr/^5/), '5 unknown, perhaps sent',
        'a text that was perhaps sent is not retried';
    $provider->set_mode('ok');
    sleep 1.5;    # a retry would come within a second
    is text_to(Site::e164($person)), 1, 'it is not sent again';
    is $site->api("/user/$id/resend", {})->{status}, 202, '/resend: 202';
    ok $provider->wait_for(sub { text_to(Site::e164($person)) == 2 }), '/resend sends another text';

    $person = Site::person();
    $provider->set_mode('503');
    $id = $site->register($person)->{json}{id};
    is $site->api("/user/$id/resend", {})->{status}, 202,
        '/resend while the first text waits: 202';
    $provider->set_mode('ok');
    $code = code(Site::e164($person));
    sleep 1.5;    # a retry would come within a second
    is text_to(Site::e164($person)), 1, 'only the newer text is sent';
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'its code is accepted';

    $provider->set_mode('ok');
    $site->httpd->graceful;
    $person = Site::person();
    my $begin = time;
    $site->register($person);
    ok code(Site::e164($person)), 'the text is sent after a graceful restart';
    cmp_ok time - $begin, '<', 5, 'without waiting for a lease to end';
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    $site->stop;
}

for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { queued($driver) }
}

subtest 'a provider that is slow' => sub {
    my $site = site(driver => 'sqlite', server => 'AuthSMSTimeout 1s 8s');
    $provider->set_mode('slow', seconds => 3);
    $site->register(Site::person());
    ok $provider->wait_for(sub { $_[0]->requests >= 1 }), 'a text is being sent';
    my @people = map { Site::person() } 1 .. 6;
    $site->register($_) for @people;
    ok $provider->wait_for(
        sub {
            my $p = shift;
            !grep { !$p->code_for(Site::e164($_)) } @people;
        },
        2.5
        ),
        'newer texts are sent meanwhile';
    $site->stop;
};

subtest 'no code is sent after it expired' => sub {
    my $site = site(driver => 'sqlite', server => "AuthSMSCode ttl=3s resend=0");
    my $person = Site::person();
    $provider->set_mode('503');
    my $id = $site->register($person)->{json}{id};
    sleep 3.2;    # ttl=
    $provider->set_mode('ok')->clear_records;
    sleep 2;      # a retry would come within this time
    is $provider->requests, 0, 'no request is sent';
    like $site->sql("SELECT state FROM authsms_outbox WHERE user_id = '$id'"), qr/^[15]$/,
        'the text stays queued until it expires';
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    $site->stop;
};

subtest 'what will not change is not tried again' => sub {
    my $site = site(driver => 'sqlite', server => 'AuthSMSSender ' . $provider->webhook);
    for (
        [21408, 400, 'number not served'], [20003, 401, 'credentials or configuration refused'],
        [21211, 400, 'number rejected'], [20404, 404, 'unknown, perhaps sent']
    ) {
        my ($code, $status, $meant) = @$_;
        $provider->clear_records->set_mode('error', code => $code, status => $status);
        my $id = $site->register(Site::person())->{json}{id};
        is wait_state($site, $id, qr/^[35]/), "5 $meant", $meant;
        sleep 1.3;    # a retry would come within a second
        is scalar(grep { $_->{path} =~ /Messages/ } $provider->requests), 1, 'one call';
        is scalar(grep { $_->{path} =~ /webhook/ } $provider->requests),
            $meant =~ /served|refused/ ? 1 : 0,
            'the next provider is tried only where that may help';
        is $site->api("/user/$id/resend", {})->{status}, 202, '/resend: 202';
        is wait_state($site, $id, qr/^[35]/), "5 $meant", 'the new text fails the same way';
    }
    $site->httpd->expect_log(qr/sender \d \(/);
    $site->stop;
};

subtest 'what was queued before AuthSMSDelivery direct' => sub {
    my $site = site(driver => 'sqlite');
    $provider->set_mode('503');
    my ($person, $other) = (Site::person(), Site::person());
    my ($id, $again) = map { $site->register($_)->{json}{id} } $person, $other;
    wait_state($site, $_, qr/^1/) for $id, $again;
    # The other one's text is not due until long after the resend.
    $site->sql("UPDATE authsms_outbox SET due_at = due_at + 60000000 WHERE user_id = '$again'");
    $provider->set_mode('ok')->clear_records;
    $site->httpd->{conf} =~ s/AuthSMSDelivery queued/AuthSMSDelivery direct/;
    $site->httpd->write('httpd.conf', $site->httpd->config);
    $site->httpd->graceful;
    is $site->api("/user/$again/resend", {})->{status}, 202, '/resend: 202';
    is state($site, $again), '5 superseded', 'the older text is superseded';
    is wait_state($site, $id, qr/^[35]/), '3 -', 'the newer text is sent';
    is text_to(Site::e164($person)), 1, 'one text is sent';
    $site->httpd->expect_log(qr/sender 1 \(twilio\)/);
    $site->stop;
};

subtest 'a secret that changed' => sub {
    my $site = site(driver => 'sqlite');
    $provider->set_mode('503');
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    wait_state($site, $id, qr/^1/);
    $site->httpd->write(
        'key', 'hex:' . join('', map { sprintf '%02x', 7 * $_ } 1 .. 32) . "\n",
        0600
    );
    $provider->set_mode('ok')->clear_records;
    $site->httpd->graceful;
    is wait_state($site, $id, qr/^5/), '5 sealed under another secret',
        'a text encrypted with the old secret fails';
    is $provider->texts, 0, 'no text is sent';
    $site->httpd->expect_log(qr/sender 1 \(twilio\)|sealed under another AuthSMSSecret/);
    $site->stop;
};

$provider->stop;
$pg->stop if $pg;
done_testing;
