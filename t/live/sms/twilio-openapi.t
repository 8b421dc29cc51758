# SPDX-License-Identifier: Apache-2.0
# Each request to Twilio Messages and Verify, and each answer of the stand-ins, conforms to Twilio's
# OpenAPI descriptions. Prism validates both as a proxy and returns an error for what does not.
use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use IPC::Open2;
use MIME::Base64 qw(encode_base64);
use Provider;
use ProviderChecks;
use Shared;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no node, or Prism is not installed (./dev deps)'
    unless -d 't/npm/node_modules/@stoplight/prism-cli' && `node --version 2>/dev/null`;
my %description = map { $_ => Shared::path("providers/$_.openapi.json") }
    qw(twilio-messages twilio-verify);
-r $_ or plan skip_all => "there is no $_" for values %description;

my $provider = Provider->start;
my @judges;

sub free_port {
    return IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 1
    )->sockport;
}

# A proxy that holds what passes to a description.
sub judge {
    my ($name) = @_;
    my %judge = (port => free_port(), begin => time, said => '');
    $judge{pid} = open2(
        $judge{out}, $judge{in}, 'node', 't/npm/judge.mjs', 'proxy',
        $description{$name}, $provider->url,
        '--errors', '-h', '127.0.0.1', '-p', $judge{port}
    );
    $judge{out}->blocking(0);
    push @judges, \%judge;
    return \%judge;
}

sub said {
    my ($judge) = @_;
    1 while sysread $judge->{out}, $judge->{said}, 65536, length $judge->{said};
    return $judge->{said};
}

sub wait_for {
    my ($judge) = @_;
    sleep 0.05 until said($judge) =~ /is listening/ || time > $judge->{begin} + 120;
    return like said($judge), qr/is listening/, 'a judge';
}

sub through {
    my ($judge, $line) = @_;
    return $line =~ s{url=\S+}{url=http://127.0.0.1:$judge->{port}}r;
}

my ($messages, $verify) = map { judge("twilio-$_") } qw(messages verify);
wait_for($_) for @judges;
my $account = $provider->account;
my @basic = (Authorization => 'Basic ' . encode_base64("$account:" . $provider->token, ''));

subtest 'the judges judge' => sub {
    my $to = '+447700900123';
    my %bad = (
        "/2010-04-01/Accounts/$account/Messages.json" => [
            $messages, { To => $to, Body => 'x' }, { From => $to, Body => 'x' },
            { To => $to, From => $to }
        ],
        "/v2/Services/$provider->{service}/Verifications" =>
            [$verify, { To => $to }, { Channel => 'sms' }],
        "/v2/Services/$provider->{service}/VerificationCheck" =>
            [$verify, { Code => '123456' }, { To => $to, Code => '12345678901' }],
        "/v2/Services/VA1/Verifications" => [$verify, { To => $to, Channel => 'sms' }],
    );
    for my $path (sort keys %bad) {
        my ($judge, @forms) = @{ $bad{$path} };
        is(
            Client->new($judge->{port})->form_post($path, $_, @basic)->{status}, 422,
            'refused: ' . join ' ', $path =~ m{(\w+)[^/]*$}, sort keys %$_
        ) for @forms;
    }
    is(
        Client->new($messages->{port})->form_post(
            "/2010-04-01/Accounts/$account/Messages.json", { To => $to, From => $to, Body => 'x' }
        )->{status},
        401,
        'refused: no credentials'
    );
    is scalar($provider->requests), 0, 'none of them got through';
    $provider->set_mode('html', status => 201);
    is(
        Client->new($_->[0]{port})->form_post($_->[1], $_->[2], @basic)->{status}, 500,
        "an answer that is none: $_->[1]"
        )
        for [
        $messages, "/2010-04-01/Accounts/$account/Messages.json",
        { To => $to, From => $to, Body => 'x' }
        ],
        [
        $verify, "/v2/Services/$provider->{service}/Verifications",
        { To => $to, Channel => 'sms' }
        ];
    $provider->clear_records->set_mode('ok');
    for my $judge (@judges) {
        like said($judge), qr/terminated with error/, 'and they say why';
        $judge->{said} = '';
    }
};

my $more = "AuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSTimeout 1s 5s parallel=8\n";

subtest 'Messages' => sub {
    my $line = through($messages, $provider->twilio);
    for my $words (
        $line,
        $line =~ s/from=\S+/messaging-service=MG00000000000000000000000000000000/r
    ) {
        $provider->clear_records;
        my $carrier = ProviderChecks->new(
            provider => $provider, line => "AuthSMSSender $words",
            server => $more
                . "AuthSMSPublicURL https://example.org/app_api\n"
                . 'AuthSMSTemplate code "☎ {code} & 100% +{minutes} = {app}"'
        );
        $carrier->check_flow;
        $carrier->stop;
        is scalar($provider->texts), 2, 'two texts';
        is_deeply [grep { ($_->{form}{ValidityPeriod} // 0) !~ /^(?:59\d|600|35\d\d|3600)$/ }
                $provider->requests], [], 'good for as long as the code, or an hour';
        is_deeply [
            grep {
                ($_->{form}{StatusCallback} // '') !~
                    m{^https://example\.org/app_api/sms/status\?text=[0-9a-f-]{36}\z}
            } $provider->requests
            ],
            [], 'which ask for receipts';
    }
    unlike said($messages), qr/terminated with error/, 'no objection';
};

subtest 'Verify' => sub {
    $provider->clear_records;
    my $carrier = ProviderChecks->new(
        provider => $provider,
        line => 'AuthSMSVerifier ' . through($verify, $provider->twilio_verify), server => $more
    );
    my ($person) = $carrier->check_flow;
    $person = Site::person();
    my $id = $carrier->site->register($person)->{json}{id};
    is $carrier->site->api("/user/$id/resend", {})->{status}, 202, 'another text';
    my $code = $provider->code_for(Site::e164($person));
    is $carrier->site->api("/user/$id/verify", { code => $code =~ tr/0-9/1-90/r })->{json}{code},
        'invalid_code', 'a wrong code' for 1 .. 4;
    is $carrier->site->api("/user/$id/verify", { code => $code })->{status}, 200, 'the right one';
    $carrier->add_secret($person, $code);
    my $r = $carrier->site->register(
        { %{ Site::person() }, smsmobile => '5005550003', countryCode => '+1' });
    is $r->{status}, 502, 'one that is blocked';
    my @calls = map { $_->{path} =~ m{/(Verifications/|Verifications|VerificationCheck)}; $1 }
        $provider->requests;
    my %calls;
    $calls{$_}++ for @calls;
    is_deeply \%calls, { 'Verifications/' => 4, Verifications => 4, VerificationCheck => 7 },
        'all of the calls'
        or diag explain \%calls;
    $carrier->stop;
    unlike said($verify), qr/terminated with error/, 'no objection';
};

for (@judges) { close $_->{in}; waitpid $_->{pid}, 0 }
$provider->stop;
done_testing;
