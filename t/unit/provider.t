# SPDX-License-Identifier: Apache-2.0
# The stand-in of the SMS providers follows the provider's documentation and simulates faults.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Client;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(decode_base64 encode_base64);
use Provider;
use Test::More;
use Time::HiRes qw(time sleep);

my $p = Provider->start;
my $c = Client->new($p->port, timeout => 3);
my $messages = '/2010-04-01/Accounts/' . $p->account . '/Messages.json';
my @basic = (Authorization => 'Basic ' . encode_base64($p->account . ':' . $p->token, ''));
my @key = ('X-Authy-API-Key' => $p->key);
my %text = (To => '+447700900123', From => '+15005550006', Body => 'Your code is 123456 ☎');

sub twilio { my (%f) = @_; return $c->form_post($messages, { %text, %f }, @basic) }

sub user {
    my ($country, $phone, %f) = @_;
    return $c->form_post(
        '/protected/json/users/new',
        {
            'user[email]' => 'a@users.invalid', 'user[cellphone]' => $phone,
            'user[country_code]' => $country, send_install_link_via_sms => 'false', %f
        },
        @key
    );
}

sub authy { my ($path) = @_; return $c->get("/protected/json/$path", @key) }

subtest 'Twilio' => sub {
    my $r = twilio();
    is $r->{status}, 201, 'created';
    like $r->{json}{sid}, qr/^SM[0-9a-f]{32}$/, 'a sid';
    is $r->{json}{num_segments}, '1', 'num_segments';
    like $r->{body}, qr/"num_segments":"1"/, 'is a string';
    is_deeply [map { "$_->{to} $_->{body}" } $p->texts], ["$text{To} $text{Body}"],
        'the text is there';
    is $p->code_for($text{To}), '123456', 'and its code';
    my %refused = (
        21604 => { To => '' }, 21211 => { To => ' 447700900123' },
        21614 => { To => '+15005550009' }, 21603 => { From => '' },
        20001 => { MessagingServiceSid => 'MG' . '0' x 32 }, 21606 => { From => '+15005550007' },
        21602 => { Body => '' }, 21617 => { Body => 'x' x 1601 }
    );
    is twilio(%{ $refused{$_} })->{json}{code}, $_, "refused with $_" for sort keys %refused;
    $r = $c->form_post($messages, \%text, Authorization => 'Basic eDp5');
    is_deeply [$r->{status}, $r->{json}{code}], [401, 20003], 'wrong credentials';
    is $c->json_post($messages, \%text, @basic)->{status}, 415, 'only forms';
    is scalar($p->texts), 1, 'none of them was a text';
};

subtest 'Authy' => sub {
    my $r = user(44, '7700900123');
    my $id = $r->{json}{user}{id};
    is $r->{status}, 200, 'a user';
    is user(44, '7700-900 123')->{json}{user}{id}, $id, 'the same number, the same id';
    isnt user(44, '7700900124')->{json}{user}{id}, $id, 'another number, another';
    $p->clear_records;
    $r = authy("sms/$id?force=true");
    is $r->{json}{message}, 'SMS token was sent', 'sent';
    my $code = $p->code_for('+447700900123');
    like $code, qr/^\d{7}$/, 'seven digits';
    is scalar($p->texts), 1, 'one text';
    my $wrong = $code eq '0000000' ? '1111111' : '0000000';
    is authy("verify/$wrong/$id?force=true")->{json}{error_code}, '60020', 'wrong';
    $r = authy("verify/$code/$id?force=true");
    is_deeply [@{ $r->{json} }{qw(token success)}], ['is valid', 'true'], 'right';
    is authy("verify/$code/$id?force=true")->{json}{error_code}, '60019', 'once';
    is authy("verify/$wrong/$id")->{json}{token}, 'is valid', 'not forced, anything goes';
    ok authy("sms/$id")->{json}{ignored}, 'not forced, nothing is sent';
    is authy('sms/999?force=true')->{json}{error_code}, '60026', 'unknown user';
    is $c->get("/protected/json/sms/$id", 'X-Authy-API-Key' => 'other')->{json}{error_code},
        '60001', 'wrong key';
    like authy("verify/../sms/$id")->{body}, qr/^Requested URL was not found/, 'another path';
    is user(1, '5005550001')->{json}{error_code}, '60027', 'an invalid number';
    is user(44, '7700900125', send_install_link_via_sms => 'true')->{status}, 200, 'with a link';
    is scalar($p->texts), 2, 'which is a text';
};

subtest 'Twilio Verify' => sub {
    $p->clear_records;
    my $service = "/v2/Services/$p->{service}";
    my $number = '+447700900123';
    my $start = sub {
        my (%f) = @_;
        return $c->form_post(
            "$service/Verifications", { To => $number, Channel => 'sms', %f },
            @basic
        );
    };
    my $check =
        sub { my (%f) = @_; return $c->form_post("$service/VerificationCheck", \%f, @basic) };
    my $r = $start->();
    my $sid = $r->{json}{sid};
    is_deeply [$r->{status}, $r->{json}{status}], [201, 'pending'], 'started';
    my $code = $p->code_for($number);
    is $start->()->{json}{sid}, $sid, 'again: the same one';
    is $p->code_for($number), $code, 'and the same code';
    my $wrong = sprintf '%06d', ($code + 1) % 1_000_000;
    $r = $check->(To => $number, Code => $wrong);
    is_deeply [$r->{status}, $r->{json}{status}, $r->{json}{valid}],
        [200, 'pending', JSON::PP::false], 'a wrong code is 200';
    $r = $check->(VerificationSid => $sid, Code => $code);
    is_deeply [$r->{status}, $r->{json}{status}, $r->{json}{valid}],
        [200, 'approved', JSON::PP::true], 'a right one';
    $r = $check->(VerificationSid => $sid, Code => $code);
    is_deeply [$r->{status}, $r->{json}{code}], [404, 20404], 'once';
    $sid = $start->()->{json}{sid};
    $check->(VerificationSid => $sid, Code => $_) for ('xxxxxx', '0') x 5;
    is $check->(VerificationSid => $sid, Code => $p->code_for($number) =~ tr/0-9/1-90/r)->{status},
        200, 'a guess' for 1 .. 5;
    is $check->(VerificationSid => $sid, Code => $p->code_for($number))->{json}{code}, 60202,
        'the sixth is too many';
    $start->() for 1 .. 4;
    is $start->()->{json}{code}, 60203, 'so is the sixth text';
    is $c->form_post("$service/Verifications/%2B447700900123", { Status => 'canceled' }, @basic)
        ->{json}{status}, 'canceled', 'cancelled by its number';
    is $c->form_post("$service/Verifications/$sid", { Status => 'canceled' }, @basic)->{json}{code},
        20404, 'once';
    isnt $start->()->{json}{sid}, $sid, 'then there is a new one';
    is $start->(To => '447700900123')->{json}{code}, 60200, 'no E.164';
    is $start->(Channel => 'pigeon')->{json}{code}, 60200, 'another channel';
    is $c->form_post(
        "$service/Verifications", { To => $number, Channel => 'sms' },
        Authorization => 'Basic eDp5'
    )->{json}{code}, 20003, 'wrong credentials';
};

subtest 'Vonage' => sub {
    $p->clear_records;
    my %sms = (to => '447700900123', from => 'Shop', text => 'Your code is 123456');
    my @vonage = (Authorization => 'Basic ' . encode_base64($p->key . ':vonage secret', ''));
    my $post = sub { my ($h, %f) = @_; return $c->form_post('/sms/json', { %sms, %f }, @$h) };
    my $r = $post->(\@vonage);
    is_deeply [$r->{status}, $r->{json}{'message-count'}, $r->{json}{messages}[0]{status}],
        [200, '1', '0'], 'taken';
    is $p->code_for('+447700900123'), '123456', 'with its code';
    is $post->(\@vonage, text => 'x' x 161)->{json}{'message-count'}, '2', 'two parts';
    is $post->(\@vonage, text => "\x{260e}")->{status}, 200, 'what is not in its alphabet';
    is(($p->texts)[-1]{body}, '?', 'is lost');
    $post->(\@vonage, text => "\x{260e}", type => 'unicode');
    is(($p->texts)[-1]{body}, "\x{260e}", 'unless it is said');
    my %refused = (
        2 => { text => '' }, 3 => { to => '+447700900123' }, 15 => { from => 'a@b' },
        7 => { to => '15005550007' }, 12 => { text => 'x' x 3201 }
    );
    is $post->(\@vonage, %{ $refused{$_} })->{json}{messages}[0]{status}, $_, "status $_"
        for sort { $a <=> $b } keys %refused;
    $r = $post->([Authorization => 'Basic eDp5']);
    is_deeply [$r->{status}, $r->{json}{messages}[0]{status}], [200, '4'], 'wrong credentials';
    is scalar($p->texts), 4, 'none of them was a text';
};

subtest 'Webhook' => sub {
    $p->clear_records;
    my $text = '{"id":"a1","to":"+447700900123","body":"Your code is 1234567"}';
    my $time = time;
    my $post = sub {
        my ($body, %h) = @_;
        %h = ('webhook-id' => 'a1', 'webhook-timestamp' => int $time, %h);
        my $key = decode_base64($p->secret =~ s/^whsec_//r);
        $h{'webhook-signature'} //= 'v1,' . encode_base64(
            hmac_sha256("$h{'webhook-id'}.$h{'webhook-timestamp'}.$body", $key),
            ''
        );
        return $c->request('POST', '/webhook', ['Content-Type' => 'application/json', %h], $body);
    };
    is $post->($text)->{status}, 204, 'taken' for 1 .. 2;
    is_deeply [map { "$_->{to} $_->{body}" } $p->texts], ['+447700900123 Your code is 1234567'],
        'once';
    is $p->code_for('+447700900123'), '1234567', 'with its code';
    is $post->($text, 'webhook-signature' => 'v1,' . 'A' x 43 . '=')->{status}, 401,
        'another signature';
    is $post->($text, 'webhook-timestamp' => int $time - 301)->{status}, 400, 'too old';
    is $post->($text, 'webhook-id' => 'a2')->{status}, 400, 'another id than in the body';
    is $post->('{"id":"a1","to":"447700900123","body":"x"}')->{status}, 400, 'no E.164';
    is $post->('{"id":"a1","to":"+15005550001","body":"x"}')->{json}{code}, 'invalid_phone_number',
        'a number that it refuses';
    is scalar($p->texts), 1, 'none of them was a text';
};

subtest 'Any HTTP API' => sub {
    $p->clear_records;
    my $text = '{"from":"Shop","id":"h1","text":"Your code is 1234567","to":"+447700900123"}';
    my $post = sub {
        my ($body, %h) = @_;
        %h = (
            'Content-Type' => 'application/json', 'Idempotency-Key' => 'h1',
            Authorization => 'Bearer ' . $p->key, %h
        );
        return $c->request('POST', '/http/send', [%h], $body);
    };
    is $post->($text)->{json}{status}, 'accepted', 'taken' for 1 .. 2;
    is_deeply [map { "$_->{to} $_->{body}" } $p->texts], ['+447700900123 Your code is 1234567'],
        'once';
    is $p->code_for('+447700900123'), '1234567', 'with its code';
    is $post->($text, Authorization => 'Bearer x')->{status}, 401, 'another key';
    is $post->($text, 'Content-Type' => 'text/plain')->{status}, 415, 'no JSON';
    is $post->($text, 'Idempotency-Key' => 'h2')->{status}, 400, 'another id than in the body';
    is $post->($text =~ s/\+//r)->{status}, 400, 'no E.164';
    is scalar($p->texts), 1, 'none of them was a text';
};

subtest 'misbehaving' => sub {
    my %status = (
        500 => 500, 429 => 429, garbage => 200, html => 200, empty => 200, redirect => 302,
        ignored => 200, odd => 200
    );
    for my $mode (sort keys %status) {
        $p->clear_records->set_mode($mode, retry_after => 7);
        my $r = twilio();
        is $r->{status}, $status{$mode}, "mode $mode";
        is_deeply $r->{headers}{'retry-after'}, ['7'], 'Retry-After' if $mode =~ /\d/;
        is scalar($p->texts), 0, 'no text';
    }
    for my $mode (qw(noise close reset hang)) {
        $p->set_mode($mode);
        local $c->{timeout} = 0.3;
        is twilio()->{status}, undef, $mode;
    }
    $p->set_mode('drip');
    { local $c->{timeout} = 2.5; like twilio()->{raw}, qr/^HTT?$/, 'drip' }
    $p->set_mode('slow', seconds => 0.5);
    my $begin = time;
    is twilio()->{status}, 201, 'slow';
    cmp_ok time - $begin, '>=', 0.4, 'indeed';
    $p->set_mode('huge');
    {
        local $c->{timeout} = 0.5;
        cmp_ok length $c->raw("GET / HTTP/1.1\r\n\r\n"), '>', 1 << 20, 'huge'
    }
    $p->set_mode('error', status => 429, code => 20429);
    is twilio()->{json}{code}, 20429, 'an error of Twilio';
    is authy('sms/1')->{json}{error_code}, '20429', 'or of Authy, where it is a string';
    $p->clear_records->set_mode('close', times => 1, accept => 1);
    is twilio()->{status}, undef, 'taken on, but not told';
    is scalar($p->texts), 1, 'a text';
    is twilio()->{status}, 201, 'once';
    $p->set_mode('500', path => '/sms/');
    is twilio()->{status}, 201, 'other paths are not touched';
    is authy('sms/1')->{status}, 500, 'this one is';
    ok !eval { $p->set_mode('nonsense'); 1 }, 'an unknown mode';
};

subtest 'what came' => sub {
    $p->clear_records->set_mode('ok');
    twilio();
    my ($r) = $p->requests;
    is $r->{method}, 'POST', 'method';
    is $r->{path}, $messages, 'path';
    is $r->{form}{To}, $text{To}, 'form';
    like $r->{body}, qr/To=%2B447700900123/, 'body';
    is $r->{headers}{authorization}, $basic[1], 'headers';
};

subtest 'nothing is left' => sub {
    my $pid = $p->{pid};
    $p->stop;
    ok !kill(0, $pid), 'stopped';
    pipe my $in, my $out or die;
    my $test = fork // die;
    if (!$test) {
        my $other = Provider->start;
        syswrite $out, "$other->{pid}\n";
        kill 'KILL', $$;
    }
    waitpid $test, 0;
    chomp(my $orphan = <$in>);
    my $end = time + 3;
    sleep 0.05 while kill(0, $orphan) && time < $end;
    ok !kill(0, $orphan), 'gone after its test was killed';
};

done_testing;
