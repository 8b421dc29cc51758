# SPDX-License-Identifier: Apache-2.0
# POST /sms/status: signed receipts are stored for each text, others are rejected; for direct and
# queued texts.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Digest::SHA qw(hmac_sha1_base64 hmac_sha256_hex);
use JSON::PP ();
use ParallelClients;
use Postgres;
use Provider;
use Provider::Webhook;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $provider = Provider->start;
my $limits = "AuthSMSTimeout 1s 2s parallel=8\nAuthSMSLimit * off";
my $noise = qr/sender \d \(/;

my $pg = Postgres::available() ? Postgres->new : undef;
my $public = 'https://example.org/app_api';
my $json = JSON::PP->new->canonical;
for my $delivery ('direct', 'queued') {
    my $site = Site->new(
        $pg ? (driver => 'pgsql', pg => $pg) : (),
        sender => join(
            "\n", map { "AuthSMSSender $_" } $provider->twilio,
            $provider->vonage . ' "signature=vonage signature secret"', $provider->webhook
        ),
        server => "AuthSMSPublicURL $public\nAuthSMSDelivery $delivery\n$limits\n"
            . "AuthSMSAuditLog logs/audit\n"
            . "CustomLog logs/full_log \"%r %U %q\""
    )->start;
    $provider->set_mode('ok')->clear_records;
    my $state = sub {
        return $site->sql(
                  "SELECT state || ' ' || coalesce(error, '-') FROM authsms_outbox WHERE user_id = "
                . "'$_[0]' AND kind = 'code'");
    };
    my $sent = sub {
        my ($broken) = @_;
        $provider->set_mode('503', path => $broken) if $broken;
        my $person = Site::person();
        my $id = $site->register($person)->{json}{id};
        my $text = $provider->wait_for(sub {
            (grep { $_->{to} eq Site::e164($person) } $_[0]->texts)[0];
        });
        $provider->set_mode('ok');
        my $end = time + 5;
        sleep 0.05 until $state->($id) eq '3 -' || time > $end;
        return ($id, $text->{sid}, $person);
    };
    my $post = sub {
        my ($body, @h) = @_;
        return $site->client->request('POST', '/app_api/sms/status', \@h, $body)->{status};
    };

    my ($id, $sid) = $sent->();
    is $state->($id), '3 -', "$delivery: sent";
    my ($call) = grep {
        ($_->{form}{StatusCallback} // '') =~ m{^\Q$public\E/sms/status\?text=[0-9a-f-]{36}\z}
    } $provider->requests;
    ok $call, 'a receipt is requested';
    my $twilio = sub {
        my ($url, %f) = @_;
        my $text = join '', $url, map { $_ . $f{$_} } sort keys %f;
        return $post->(
            join('&', map { "$_=" . Client::encode($f{$_}) } sort keys %f),
            'Content-Type' => 'application/x-www-form-urlencoded',
            'X-Twilio-Signature' => hmac_sha1_base64($text, $provider->token) . '='
        );
    };
    my %f = (
        MessageSid => $sid, MessageStatus => 'sent', AccountSid => $provider->account, To => '+1',
        ApiVersion => '2010-04-01'
    );
    is $twilio->("$public/sms/status", %f), 204, 'sent';
    is $twilio->("$public/sms/status", %f, MessageStatus => 'delivered'), 204, 'delivered';
    is $state->($id), '4 -', 'the state is stored';
    is $twilio->("$public/sms/status", %f, MessageStatus => 'sent'), 204, 'one that comes late';
    is $state->($id), '4 -', 'a repeated receipt changes nothing';
    is $twilio->('https://example.org:443/app_api/sms/status', %f), 204,
        'signed for an address with a port: 204';
    is $twilio->('https://evil.example/app_api/sms/status', %f), 403,
        'signed for another address: 403';
    is $post->('MessageSid=' . $sid, 'Content-Type' => 'application/x-www-form-urlencoded'), 403,
        'not signed: 403';
    is $post->('', 'X-Twilio-Signature' => 'x'), 403, 'nothing at all';
    is $post->("\xff%", 'Content-Type' => 'text/plain', 'X-Twilio-Signature' => 'x'), 403,
        'a malformed body';
    is $post->('x' x 20000), 413, 'a body that is too large: 413';
    ($id, $sid) = $sent->();
    is $twilio->(
        "$public/sms/status", %f, MessageSid => $sid, MessageStatus => 'undelivered',
        ErrorCode => 30005
        ),
        204, 'undelivered: 204';
    is $state->($id), '5 30005', 'the error is stored';
    my $begin = time;
    is $twilio->("$public/sms/status", %f, MessageSid => 'SM' . 'f' x 32), 204,
        'a receipt of an unknown text' for 1 .. 20;
    cmp_ok time - $begin, '<', 10, 'an unknown text is not waited for';
    {
        # The provider's answer is on its way for a while longer than its receipt.
        $provider->set_mode('slow', seconds => 0.6);
        my $person = Site::person();
        my $registering = ParallelClients->start(
            sub { my ($say) = @_; $say->($site->register($person)->{json}{id}) });
        $sid = $provider->wait_for(sub {
            (grep { $_->{to} eq Site::e164($person) } $_[0]->texts)[0];
        })->{sid};
        is $twilio->("$public/sms/status", %f, MessageSid => $sid, MessageStatus => 'delivered'),
            204, 'a receipt before the provider\'s response: 204';
        ($id) = $registering->lines;
        my $end = time + 3;
        sleep 0.05 until $state->($id) eq '4 -' || time > $end;
        is $state->($id), '4 -', 'the state is stored';
        $provider->set_mode('ok');
    }

    ($id, $sid) = $sent->('/2010-04-01');
    my $vonage = sub {
        my (%v) = @_;
        my $text = join '', map { "&$_=" . $v{$_} =~ tr/&=/_/r } sort keys %v;
        return $post->(
            $json->encode({ %v, sig => uc hmac_sha256_hex($text, 'vonage signature secret') }),
            'Content-Type' => 'application/json'
        );
    };
    my %v = (
        messageId => $sid, msisdn => '447700900123', to => 'Example', status => 'delivered',
        'err-code' => '0', timestamp => int time, nonce => 'a&b=c'
    );
    is $state->($id), '3 -', 'sent by the second provider';
    is $vonage->(%v), 204, 'its receipt: 204';
    is $state->($id), '4 -', 'the state is stored';
    is $vonage->(%v, timestamp => int(time - 400)), 403, 'an old one';
    is $post->($json->encode({ %v, sig => '0' x 64 }), 'Content-Type' => 'application/json'), 403,
        'wrong signature';

    my $get = sub {
        my (%v) = @_;
        my $text = join '', map { "&$_=" . $v{$_} =~ tr/&=/_/r } sort keys %v;
        my %all = (%v, sig => uc hmac_sha256_hex($text, 'vonage signature secret'));
        return $site->client->get(
            '/app_api/sms/status?' . join '&',
            map { "$_=" . Client::encode($all{$_}) } sort keys %all
        )->{status};
    };
    ($id, $sid) = $sent->('/2010-04-01');
    is $get->(%v, messageId => $sid, msisdn => '447700900124'), 204, 'its receipt by GET';
    is $state->($id), '4 -', 'the state is stored';
    open my $access, '<', $site->httpd->dir . '/logs/full_log' or die "full_log: $!";
    is scalar(grep { /447700900124|messageId/ } <$access>), 0, 'no log shows the number';
    is $get->(%v, timestamp => int(time - 400)), 403, 'not an old one';

    my $hook = sub {
        my ($time, %h) = @_;
        my $body = $json->encode(\%h);
        return $post->(
            $body, 'Content-Type' => 'application/json', 'webhook-id' => 'm1',
            'webhook-timestamp' => $time,
            'webhook-signature' => 'v1,AAAA '
                . Provider::Webhook::signature({ secret => $provider->secret }, 'm1', $time, $body)
        );
    };
    is $hook->(int(time), id => 'unknown', status => 'delivered'), 204, 'of a webhook';
    ($id, $sid) = $sent->('json');
    is $hook->(int(time), id => $sid, status => 'failed', error => 'no_such_line'), 204,
        'a receipt of the webhook';
    is $state->($id), '5 no_such_line', 'the state is stored';
    is $hook->(int(time), id => $sid, status => 'delivered'), 204, 'what comes after the end';
    is $state->($id), '5 no_such_line', 'a repeated receipt changes nothing';
    is $hook->(int(time) - 400, id => 'x', status => 'delivered'), 403, 'an old one';
    is $hook->(int(time), status => 'delivered'), 400, 'one without an id';
    is $site->client->get('/app_api/sms/status')->{json}{code}, 'bad_signature',
        'unsigned GET: 403';
    $site->httpd->expect_log($noise);
    my $audit = do { local (@ARGV, $/) = $site->httpd->dir . '/logs/audit'; <> };
    like $audit,
        qr/"event":"sms.receipt","outcome":"success".*"sender":"$_->[0]","state":"$_->[1]"/,
        "the audit log: $_->[0], $_->[1]" for [qw(twilio delivered)], [qw(webhook failed)];
    $site->stop;
}
# The provider answers seconds after its receipt, which repeats our id of the text.
my %early = (
    twilio => [
        $provider->twilio,
        sub {
            my ($call, $sid) = @_;
            my $url = $call->{form}{StatusCallback};
            my $signature = hmac_sha1_base64(
                "${url}ErrorCode6MessageSid${sid}MessageStatusfailed",
                $provider->token
            ) . '=';
            return [
                'POST',
                '/app_api/sms/status' . $url =~ s/^[^?]*//r,
                [
                    'Content-Type' => 'application/x-www-form-urlencoded',
                    'X-Twilio-Signature' => $signature
                ],
                "MessageSid=$sid&MessageStatus=failed&ErrorCode=6"
            ];
        }
    ],
    vonage => [
        $provider->vonage . ' "signature=vonage signature secret"',
        sub {
            my ($call, $sid) = @_;
            my %v = (
                messageId => $sid, 'client-ref' => $call->{form}{'client-ref'},
                status => 'failed', 'err-code' => 6, timestamp => int time
            );
            my $query = join '&', map { "$_=$v{$_}" } sort keys %v;
            return [
                'GET', "/app_api/sms/status?$query&sig="
                    . hmac_sha256_hex("&$query", 'vonage signature secret'), []
            ];
        }
    ],
    webhook => [
        $provider->webhook,
        sub {
            my ($call) = @_;
            my ($now, $body) = (
                int time,
                $json->encode(
                    { id => $json->decode($call->{body})->{id}, status => 'failed', error => '6' }
                )
            );
            return [
                'POST',
                '/app_api/sms/status',
                [
                    'Content-Type' => 'application/json', 'webhook-id' => 'm1',
                    'webhook-timestamp' => $now,
                    'webhook-signature' => Provider::Webhook::signature(
                        { secret => $provider->secret }, 'm1', $now, $body
                    )
                ],
                $body
            ];
        }
    ],
);
for my $name (sort keys %early) {
    my ($line, $receipt) = @{ $early{$name} };
    my $site = Site->new(
        $pg ? (driver => 'pgsql', pg => $pg) : (), sender => "AuthSMSSender $line",
        server => "AuthSMSPublicURL $public\n$limits\nAuthSMSTimeout 1s 8s"
    )->start;
    $provider->clear_records->set_mode('slow', seconds => 2.5);
    my $registering = ParallelClients->start(
        sub { my ($say) = @_; $say->($site->register(Site::person())->{status}) });
    my $text = $provider->wait_for(sub { ($_[0]->texts)[0] });
    is $site->client->request(@{ $receipt->(($provider->requests)[0], $text->{sid}) })->{status},
        204, "$name: a receipt long before the answer";
    is $site->sql('SELECT state FROM authsms_outbox'), 5, 'the state is stored at once';
    is_deeply [$registering->lines], [201], 'registration: 201';
    is $site->sql("SELECT state || ' ' || error || ' ' || ref FROM authsms_outbox"),
        "5 6 $text->{sid}", 'the response changes nothing';
    $provider->set_mode('ok');
    $site->stop;
}

my $site = Site->new(sender => 'AuthSMSSender ' . $provider->twilio)->start;
$site->register(Site::person());
is scalar(grep { $_->{form}{StatusCallback} } ($provider->requests)[-1]), 0,
    'without AuthSMSPublicURL no receipt is requested';
is $site->client->request(
    'POST', '/app_api/sms/status',
    ['X-Twilio-Signature' => hmac_sha1_base64('/sms/status', $provider->token) . '='], ''
)->{status}, 403, 'and none is accepted: 403';
is $site->sql('SELECT count(*) FROM authsms_outbox'), 0, 'nothing is stored';
$site->stop;
$pg->stop if $pg;

$provider->stop;
done_testing;
